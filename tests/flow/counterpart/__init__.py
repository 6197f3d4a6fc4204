# SPDX-License-Identifier: ISC
"""Real programs of other people that hourgate's Exchange side is tested against; see README.md."""
