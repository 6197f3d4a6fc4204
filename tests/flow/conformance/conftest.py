# SPDX-License-Identifier: ISC
"""Fixtures: a calendar of each kind with the events of a test, and a courier that is connected to it."""
import kinds
import pytest


# Two servers speak CalDAV: the one that takes longer is for ./test --all.
@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.long) if kind == "radicale" else kind
                        for kind in kinds.KINDS], name="kind")
def fixture_kind(request):
    kind = kinds.KINDS[request.param]
    if not kind.writes and request.node.get_closest_marker("writes"):
        pytest.skip("nothing can be written there")
    return kind


@pytest.fixture(name="connect")
def fixture_connect(make, kind, couriers):
    """Make a calendar with events; return it and a connection to it."""
    def start(*events, more=None, **options):
        calendar = kind(make, events, **options)
        courier = couriers(roots=calendar.roots)
        return calendar, courier.connect(calendar.server(**(more or {})))
    return start


@pytest.fixture(name="connect_by_password")
def fixture_connect_by_password(connect, kind):
    """The same, where a password or a proof of one goes to the calendar's own server."""
    if not kind.by_password:
        pytest.skip("it is not signed in to by a password")
    return connect
