# SPDX-License-Identifier: ISC
"""Run the practice Google Calendar: python3 practice/google --world FILE."""

import pathlib
import sys

# Run as a folder, Python puts this folder itself on the path; its parent is the right place.
sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

from google.main import main  # noqa: E402

sys.exit(main())
