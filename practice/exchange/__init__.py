# SPDX-License-Identifier: ISC
"""The practice Exchange: a strict EWS server with real calendars in memory.

For demos and tests only: it keeps passwords in the clear and forgets everything when it ends.
"""
