# SPDX-License-Identifier: ISC
"""Fixtures: a calendar of each kind with the events of a test, and a courier that is connected to it."""
import driver
import kinds
import pytest


@pytest.fixture(params=kinds.KINDS, name="kind")
def fixture_kind(request):
    return kinds.KINDS[request.param]


@pytest.fixture(name="couriers")
def fixture_couriers(make):
    """Start couriers that end with the test; each must end well."""
    made = []

    def start(**options):
        made.append(driver.Courier(make.folder, **options))
        return made[-1]
    yield start
    codes = [courier.stop() for courier in made]
    assert not any(codes), codes


@pytest.fixture(name="connect")
def fixture_connect(make, kind, couriers):
    """Make a calendar with events; return it and a connection to it."""
    def start(*events, more=None, **options):
        calendar = kind(make, events, **options)
        courier = couriers(roots=calendar.roots)
        return calendar, courier.connect(calendar.server(**(more or {})))
    return start
