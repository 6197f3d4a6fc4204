# SPDX-License-Identifier: ISC
"""The practice Google Calendar: a strict server of the API's version 3, and of Google's OAuth 2, over the same
world of people and events as the practice Exchange.

For demos and tests only: it keeps passwords in the clear and forgets everything when it ends.
"""
