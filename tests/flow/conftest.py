# SPDX-License-Identifier: ISC
"""Fixtures: certificates once for all, a practice Exchange and an hourgate per test; a time limit."""
import ctypes
import os
import shutil
import sys
import tempfile
import threading

import pytest

import kit

sys.path.insert(0, str(kit.ROOT / "tests/flow/conformance"))
import driver  # noqa: E402  pylint: disable=wrong-import-position

LIMIT_S = 120  # for one test; @pytest.mark.limit(seconds) says otherwise


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes minutes; only ./test --all runs it")
    config.addinivalue_line("markers", "sanitize: also run against programs built with sanitizers")
    config.addinivalue_line("markers", "writes: not for calendars that are only read")
    config.addinivalue_line("markers", "limit(seconds): the test's time limit")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    """End a test that hangs: the exception is raised inside it, and its fixtures still clean up.

    Not by a signal, since a worker may run tests beside its main thread. Whatever blocks in a call has a
    deadline of its own.
    """
    marker = item.get_closest_marker("limit")
    seconds = (marker.args[0] if marker else LIMIT_S) * kit.SLOW
    thread = ctypes.c_ulong(threading.get_ident())
    timer = threading.Timer(seconds, ctypes.pythonapi.PyThreadState_SetAsyncExc,
                            (thread, ctypes.py_object(TimeoutError)))
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows the end of each hourgate's log."""
    report = (yield).get_result()
    item.failed = getattr(item, "failed", False) or report.failed
    if report.when == "call" and report.failed:
        for made in item.funcargs.get("make", kit.Maker(None, None)).made:
            if isinstance(made, kit.Hourgate):
                report.sections.append(("hourgate's log", made.log()[-4000:]))


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """The certificate authority of this session."""
    import pki  # pylint: disable=import-outside-toplevel,import-error
    return pki.Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server of this session's own."""
    tool = kit.postgres_tool()
    if not tool.programs():
        pytest.skip("there is no PostgreSQL here")
    with tool.running() as (conninfo, process):
        yield kit.Postgres(conninfo, process)


@pytest.fixture(scope="session", autouse=True)
def store(request):
    """HOURGATE_STORE=postgres: every hourgate of the session keeps its data there."""
    if os.environ.get("HOURGATE_STORE") == "postgres":
        kit.POSTGRES = request.getfixturevalue("postgres")


@pytest.fixture(scope="session")
def good(authority):
    return authority.issue("good")


@pytest.fixture
def make(request, authority, good):
    """Make practice servers and hourgates that end with the test; their files go when it passed."""
    folder = kit.pathlib.Path(tempfile.mkdtemp(prefix="hg-"))  # short: Unix socket paths have 107 bytes
    folder.chmod(0o755)
    maker = kit.Maker(folder, authority, good)
    try:
        yield maker
    finally:
        maker.end()
        if not getattr(request.node, "failed", False):
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def standing(authority, good):
    """One practice server and one hourgate for a whole file, whose cases may not harm them."""
    with tempfile.TemporaryDirectory(prefix="hg-") as folder:
        maker = kit.Maker(kit.pathlib.Path(folder), authority, good)
        try:
            yield maker.office()
        finally:
            maker.end()


@pytest.fixture(name="couriers")
def fixture_couriers(make):
    """Start couriers by themselves, without an hourgate; they end with the test, and each must end well."""
    made = []

    def start(**options):
        made.append(driver.Courier(make.folder, **options))
        return made[-1]
    yield start
    codes = [courier.stop() for courier in made]
    assert not any(codes), codes
