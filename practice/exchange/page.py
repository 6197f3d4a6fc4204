# SPDX-License-Identifier: ISC
"""The mailbox page."""


def index(world):
    return ""


def week(mailbox, day):
    return ""
