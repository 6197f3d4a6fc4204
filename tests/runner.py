#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Build hourgate, run its tests, count them. ./test installs the packages and calls this.

A step is a function that yields results; a result is one line of output and one tally. Counted are real test
cases: each cmocka case, each pytest case, each check. An executable that runs again under a sanitizer counts
once more as one case, "is clean", since its cases were counted before.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
SHOWN_LINES = 60  # of a failing test's output
CORES = os.cpu_count() or 2
FLOWS = 2 * CORES  # at once: they wait more than they work
SKIP = 77  # the exit code of a test that cannot run here, as Meson has it

ENVIRONMENT = dict(
    os.environ,
    LC_ALL="C.UTF-8",
    CMOCKA_MESSAGE_OUTPUT="TAP",
    PYTHONDONTWRITEBYTECODE="1",
    ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:exitcode=99:allocator_may_return_null=1",
    UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1:exitcode=99",
    TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:exitcode=99",
)
REFERENCE = ROOT.parent / "shared" / "reference"
if "HOURGATE_REFERENCE" not in ENVIRONMENT and REFERENCE.is_dir():
    ENVIRONMENT["HOURGATE_REFERENCE"] = str(REFERENCE)


class Result:
    """One line of output: what ran, how many cases went how, and what a failing one said."""

    def __init__(self, name, passed=0, failed=0, skipped=0, output="", seconds=0.0):
        self.name, self.output, self.seconds = name, output, seconds
        self.passed, self.failed, self.skipped = int(passed), int(failed), int(skipped)

    def __str__(self):
        parts = [f"{n} {word}" for n, word in
                 [(self.passed, "passed"), (self.failed, "FAILED"), (self.skipped, "skipped")] if n]
        return f"{self.name:<44} {', '.join(parts) or 'done':<24} {self.seconds:6.1f} s"


def run(command, timeout_s, env=None, cwd=ROOT):
    """Run a command in a process group of its own; give (exit code or None, output, seconds)."""
    began = time.monotonic()
    child = subprocess.Popen([str(word) for word in command], cwd=cwd, env=env or ENVIRONMENT,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output, _ = child.communicate(timeout=timeout_s)
        code = child.returncode
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
        output += f"\nstopped after {timeout_s} s\n".encode()
        code = None
    return code, output.decode(errors="replace"), time.monotonic() - began


def check(name, command, timeout_s=300, env=None, cwd=ROOT):
    code, output, seconds = run(command, timeout_s, env, cwd)
    return Result(name, code == 0, code not in (0, SKIP), code == SKIP, output, seconds)


# ---- building ----

def build(directory, *options, env=None, strict=True):
    """Configure once, build always; strict: warnings are errors. Counts as a case only when it fails."""
    name = f"build {directory.relative_to(ROOT)}"
    if not (directory / "build.ninja").exists():
        shutil.rmtree(directory / "meson-private", ignore_errors=True)
        result = check(name, ["meson", "setup", f"-Dwerror={str(strict).lower()}", *options,
                              directory, ROOT], env=env)
        if result.failed:
            return result
    result = check(name, ["ninja", "--quiet", "-C", directory], timeout_s=1800, env=env)
    result.passed = 0
    return result


@dataclasses.dataclass
class Test:
    """A test as Meson has it."""

    name: str
    command: list
    cwd: str
    env: dict
    timeout_s: int

    def run(self, slower=1, prefix=()):
        return run([*prefix, *self.command], self.timeout_s * slower, self.env, self.cwd)

    def check(self, what, slower=1, prefix=()):
        """Count it as one case, whatever it holds."""
        return check(what, [*prefix, *self.command], self.timeout_s * slower, self.env, self.cwd)


def tests_of(directory, suite):
    """Yield what Meson registered in a suite."""
    listed = subprocess.run(["meson", "introspect", "--tests", str(directory)], check=True,
                            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    for test in json.loads(listed.stdout):
        if any(name.split(":")[-1] == suite for name in test["suite"]):
            yield Test(test["name"], test["cmd"], test["workdir"] or directory,
                       {**ENVIRONMENT, **test["env"]}, max(test["timeout"], 120))


def count_tap(name, code, output, seconds):
    passed = len(re.findall(r"^ok \d+\b(?!.*# SKIP)", output, re.M))
    failed = len(re.findall(r"^not ok \d+\b(?! # SKIP)", output, re.M))
    skipped = len(re.findall(r"^(?:not )?ok \d+.*# SKIP", output, re.M))  # cmocka says "not ok"
    if not passed + failed + skipped:
        passed, skipped = int(code == 0), int(code == SKIP)  # a check without cases of its own
    if code not in (0, SKIP) and not failed:
        failed = 1  # crashed, or never ended
    return Result(name, passed, failed, skipped, output, seconds)


def each(tests, body):
    """Run body(test) for every test, as many at once as there are cores, in the tests' order."""
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        yield from pool.map(body, tests)


# ---- steps ----

def step_build():
    yield build(BUILD)


def step_unit():
    """Unit tests, one executable per module."""
    yield from each(tests_of(BUILD, "unit"), lambda test: count_tap(f"unit {test.name}", *test.run()))


def step_checks():
    """Checks of the tree itself."""
    yield check("layers: who includes whom", [ROOT / "tools/layers"])
    yield check("lang: every text in every language", [ROOT / "tools/lang", "--check", ROOT / "src", ROOT / "web"])


def step_replay():
    """Each fuzz target over its saved inputs."""
    for test in tests_of(BUILD, "fuzz"):
        yield test.check(f"replay {test.name}")


def is_postgres(test):
    return test.name.endswith(" postgres")


def sanitized(directory, sanitizer, folders=None, prefix=(), postgres=False):
    # With its checks woven in, gcc warns of paths that are none: here alone no warning is an error.
    built = build(directory, f"-Db_sanitize={sanitizer}", "-Db_lundef=false", strict=False)
    if built.failed:
        yield built
        return
    tests = [test for test in (*tests_of(directory, "unit"), *tests_of(directory, "fuzz"))
             if is_postgres(test) == postgres and (not folders or test.name.split()[0] in folders)]
    yield from each(tests, lambda test: test.check(f"{sanitizer} {test.name} is clean", 4, prefix))


def step_asan():
    """Unit tests and replays under the address and undefined behaviour sanitizers."""
    yield from sanitized(BUILD / "asan", "address,undefined")


def step_tsan():
    """The vault under the thread sanitizer, which needs addresses in their usual places."""
    yield from sanitized(BUILD / "tsan", "thread", {"vault", "os"}, ["setarch", "-R"])


def step_sanitized_store():
    """The store's threads, and all of it on PostgreSQL, under those sanitizers."""
    yield from sanitized(BUILD / "tsan", "thread", {"store"}, ["setarch", "-R"])
    yield from sanitized(BUILD / "asan", "address,undefined", postgres=True)
    yield from sanitized(BUILD / "tsan", "thread", prefix=["setarch", "-R"], postgres=True)


def pytest(name, *arguments, env=None):
    report = BUILD / f"{name}.xml"
    report.unlink(missing_ok=True)
    began = time.monotonic()
    child = subprocess.run(
        ["/usr/bin/python3", "-m", "pytest", "-p", "no:cacheprovider", "-v", "-rs", "--tb=short", "--no-header",
         "-n", str(FLOWS), "--dist=loadfile", f"--junitxml={report}", *arguments],
        cwd=ROOT / "tests/flow", env=env or ENVIRONMENT, stdin=subprocess.DEVNULL, check=False)
    seconds = time.monotonic() - began
    try:
        suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite").attrib
    except (OSError, xml.etree.ElementTree.ParseError):
        return Result(name, failed=1, output=f"pytest ended with {child.returncode}", seconds=seconds)
    skipped = int(suite["skipped"])
    failed = int(suite["failures"]) + int(suite["errors"])
    passed = int(suite["tests"]) - skipped - failed
    if child.returncode not in (0, 5) and not failed:
        failed = 1
    return Result(name, passed, failed, skipped, seconds=seconds)


def step_windows():
    """The desktop program for Windows, by MinGW-w64."""
    built = build(BUILD / "windows", "--cross-file", ROOT / "pack/mingw-w64.ini")
    yield Result("windows: builds without a warning", not built.failed, built.failed, 0, built.output, built.seconds)


def step_flow():
    """The promises, against the built programs: tests/flow."""
    faults = build(BUILD / "faults", "-Dfaults=true", "-Dtests=false")
    if faults.failed:
        yield faults
    yield pytest("flow", "-m", "not long")


def step_flow_postgres():
    """The flows about bookings with PostgreSQL as the store, and what is PostgreSQL's alone."""
    faults = build(BUILD / "faults", "-Dfaults=true", "-Dtests=false")
    if faults.failed:
        yield faults
    files = ["test_postgres.py", "test_audit.py", "test_main_job.py", "test_sold_once.py", "test_unknown.py",
             "test_restart.py", "test_confirmed.py", "test_only_slots.py", "test_keys.py", "test_seal.py", "test_canary.py", "test_scan.py"]
    yield pytest("flow-postgres", "-m", "not long", "-k", "not accessible", *files,
                 env={**ENVIRONMENT, "HOURGATE_STORE": "postgres"})


def step_long():
    """Flows that take minutes, the desktop program for Windows among them."""
    if not (BUILD / "windows").exists():
        yield from step_windows()
    yield pytest("flow-long", "-m", "long")


def step_flow_asan():
    """A few flows against programs built with the sanitizers."""
    yield pytest("flow-asan", "-m", "sanitize and not long",
                 env={**ENVIRONMENT, "HOURGATE_BUILD": str(BUILD / "asan")})


def step_clang():
    """The other compiler, its warnings errors too."""
    directory = BUILD / "clang"
    built = build(directory, env={**ENVIRONMENT, "CC": "clang"})
    yield Result("clang builds without a warning", not built.failed, built.failed, 0, built.output,
                 built.seconds)
    if built.failed:
        return
    yield from each(tests_of(directory, "unit"), lambda test: test.check(f"clang {test.name}"))


def step_release():
    """What an operator builds: optimised, installed elsewhere, started from there."""
    directory, place = BUILD / "release", BUILD / "release" / "installed"
    built = build(directory, "--buildtype=release", "-Dtests=false", f"--prefix={place}")
    if built.failed:
        yield built
        return
    yield check("release: installs", ["meson", "install", "--no-rebuild", "-C", directory])
    with tempfile.TemporaryDirectory(prefix="hg-") as folder:
        hourgate = [place / "bin/hourgate", f"--config={folder}/hourgate.conf"]
        yield check("release: initialises", [*hourgate, "init", f"--data={folder}/data"])
        yield check("release: finds its programs", [*hourgate, "account", "add", "acme", "--name=Acme"])


def step_form():
    """Every source file as clang-format would write it."""
    sources = sorted(str(path) for folder in ("src", "tests")
                     for path in (ROOT / folder).rglob("*.[ch]"))
    yield check("form: clang-format has nothing to change",
                ["clang-format", "--dry-run", "-Werror", *sources])


def step_bench():
    """The performance goals, side by side with their anchors."""
    code = subprocess.run([ROOT / "tests/bench/run"], env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                          check=False).returncode
    yield Result("bench: every goal met", passed=code == 0, failed=code != 0)


QUICK = [step_build, step_unit, step_checks]
USUAL = [*QUICK, step_replay, step_asan, step_tsan, step_windows, step_flow]
ALL = [*USUAL, step_clang, step_release, step_form, step_long, step_flow_asan,
       step_flow_postgres, step_sanitized_store]
EVERY = [*ALL, step_bench]


def name_of(step):
    return step.__name__[len("step_"):].replace("_", "-")


def chosen():
    parser = argparse.ArgumentParser(prog="./test")
    parser.add_argument("--quick", action="store_true", help="unit tests only")
    parser.add_argument("--all", action="store_true", help="everything")
    parser.add_argument("--bench", action="store_true", help="the performance goals")
    parser.add_argument("--only", action="append", metavar="STEP", choices=[name_of(s) for s in EVERY])
    parser.add_argument("--list", action="store_true", help="name the steps")
    options = parser.parse_args()
    if options.list:
        for step in EVERY:
            print(f"{name_of(step):<20}{(step.__doc__ or '').strip()}")
        sys.exit(0)
    if options.only:
        return [step_build] + [s for s in EVERY if name_of(s) in options.only and s is not step_build]
    if options.bench:
        return [step_build, step_bench]
    return QUICK if options.quick else ALL if options.all else USUAL


def show(result):
    print(result, flush=True)
    if result.failed and result.output:
        lines = result.output.splitlines()
        if len(lines) > SHOWN_LINES:
            print(f"    | ... {len(lines) - SHOWN_LINES} lines before")
        for line in lines[-SHOWN_LINES:]:
            print(f"    | {line[:400]}")


def main():
    passed = failed = skipped = 0
    broken = []
    for step in chosen():
        print(f"== {name_of(step)}", flush=True)
        for result in step():
            show(result)
            passed, failed, skipped = (passed + result.passed, failed + result.failed,
                                       skipped + result.skipped)
            if result.failed:
                broken.append(result)
        if step is step_build and failed:
            break  # nothing below can run
    if broken:
        print("== failed")
        for result in broken:
            print(result)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
