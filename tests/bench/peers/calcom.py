"""Rows 1 and 4 beside Cal.com's engine, which must also give the same slots to the byte."""
import pathlib
import subprocess
import tarfile

PACKAGE, DAYJS = "@calcom/platform-libraries@0.0.360", "dayjs@1.11.13"
HERE = pathlib.Path(__file__).parent
# row: how often the peer computes it, and how many times faster we are to be
ROWS = {"1": (60, 180), "4": (9, 370)}


def install(folder):
    """Unpack the package without its dependencies, of which the engine needs one."""
    if (folder / "node_modules/dayjs").is_dir() and (folder / "package").is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    subprocess.run(["npm", "install", "--silent", "--no-save", "--no-package-lock", "--ignore-scripts",
                    "--prefix", ".", DAYJS], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def measure(build, folder, own_us):
    """Return {row: (what the peer took, whether the goal against it is met)}.

    own_us(row) is our own time in microseconds."""
    folder = folder / "calcom"
    install(folder)
    bench = build / "tests/bench/bench_slots"
    found = {}
    for row, (times, goal) in ROWS.items():
        workload = subprocess.run([bench, "workload", row], capture_output=True, check=True).stdout
        ours = subprocess.run([bench, "answer", row], capture_output=True, check=True).stdout
        peer = subprocess.run(["node", HERE / "calcom.mjs", folder, str(times)], input=workload,
                              capture_output=True, check=True, env=None).stdout
        took_us, _, theirs = peer.partition(b"\n")
        ratio, same = float(took_us) / own_us(row), theirs == ours
        found[row] = (f"Cal.com {float(took_us) / 1000:.1f} ms: {ratio:.0f}x (goal {goal}x), "
                      f"{'same slots' if same else 'OTHER SLOTS'}", same and ratio >= goal)
    return found
