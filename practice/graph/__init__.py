# SPDX-License-Identifier: ISC
"""A practice Microsoft Graph: the calendars of a practice Exchange's world, as /v1.0 shows them.

It is served by the same listener (exchange/server.py) where the world says "graph": one world can be
asked by both languages, as a mailbox is that moves from one to the other.
"""
