"""Rows 5 and 6 beside exchangelib, which reads the same answers into its own objects."""
import subprocess
import time
import types

TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"
MESSAGES = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
# row: how many times faster we are to be
ROWS = {"5": 120, "6": 31}
TIMES = 3


def library():
    """Import Debian's exchangelib, whose name this file has too."""
    import importlib  # pylint: disable=import-outside-toplevel
    return types.SimpleNamespace(**{name: importlib.import_module(f"exchangelib.{name}")
                                    for name in ("util", "items", "properties", "version", "ewsdatetime")})


def read_items(lib, account, answer):
    root = lib.util.to_xml(answer)
    return [lib.items.CalendarItem.from_xml(element, account)
            for element in root.iter(f"{TYPES}CalendarItem")]


def read_free_busy(lib, account, answer):
    root = lib.util.to_xml(answer)
    view = next(root.iter(f"{MESSAGES}FreeBusyView"))
    return lib.properties.FreeBusyView.from_xml(view, account).calendar_events


def measure(build, _folder, own_us):
    """Return {row: (what the peer took, whether the goal against it is met)}."""
    lib = library()
    account = types.SimpleNamespace(version=lib.version.Version(build=lib.version.EXCHANGE_2016),
                                    default_timezone=lib.ewsdatetime.EWSTimeZone("UTC"))
    found = {}
    for row, goal in ROWS.items():
        answer = subprocess.run([build / "tests/bench/bench_ews", "workload", row],
                                capture_output=True, check=True).stdout
        read = read_items if row == "5" else read_free_busy
        taken = []
        for _ in range(TIMES):
            before = time.process_time()
            events = read(lib, account, answer)
            taken.append(time.process_time() - before)
        assert len(events) == 1000, len(events)
        ratio = sorted(taken)[TIMES // 2] * 1e6 / own_us(row)
        found[row] = (f"exchangelib {sorted(taken)[TIMES // 2] * 1e3:.0f} ms: {ratio:.0f}x (goal {goal}x)",
                      ratio >= goal)
    return found
