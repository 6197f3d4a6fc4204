# SPDX-License-Identifier: ISC
"""Run the practice Exchange: python3 practice/exchange --world FILE."""

import pathlib
import sys

# Run as a folder, Python puts this folder itself on the path, where our module names would hide
# the standard library's; its parent is the right place.
sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

from exchange.main import main  # noqa: E402

sys.exit(main())
