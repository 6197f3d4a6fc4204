# SPDX-License-Identifier: ISC
"""The connector's installers, under Wine: silent, over an older one, and gone without a trace."""
import subprocess

import pytest

import kit
import wine

pytestmark = pytest.mark.long
BUILD = kit.ROOT / "pack/windows/build"


def made(env=None):
    done = subprocess.run([BUILD], env=env, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return {("msi" if line.endswith(".msi") else line.rsplit("-", 1)[1].split(".")[0]): kit.pathlib.Path(line)
            for line in done.stdout.split()}


@pytest.fixture(name="installers", scope="module")
def all_installers():
    return made()


@pytest.fixture(name="pc")
def windows(tmp_path):
    machine = wine.PC(tmp_path)
    yield machine
    machine.end()


def programs(pc):
    """All files of ours below drive C, and what the registry says of us."""
    files = sorted(str(path.relative_to(pc.prefix)) for path in (pc.prefix / "drive_c").rglob("*hourgate*")
                   if path.name != "outlook.exe")
    subprocess.run([wine.SERVER, "-w"], env=pc.env, timeout=wine.MOST_S, check=False)  # the registry is written then
    said = [line for name in ("system.reg", "user.reg") for line in
            (pc.prefix / name).read_text(encoding="utf-8", errors="replace").splitlines() if "hourgate" in line.lower()]
    return files, said


def run(pc, *words, code=0):
    done = subprocess.run([wine.WINE, *map(str, words)], env=pc.env, timeout=wine.MOST_S, capture_output=True,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == code, done


@pytest.mark.parametrize("kind", ["user", "machine"])
def test_it_installs_upgrades_and_leaves_nothing(pc, installers, kind):
    run(pc, installers[kind], "/S")
    files, said = programs(pc)
    assert len([name for name in files if name.endswith(".exe") and "uninstall" not in name]) == 2
    assert any("hourgate-connector-tray.exe" in line and "--quiet" in line for line in said)  # starts with Windows
    assert any("users" in name or "Program Files" in name for name in files)
    assert ("Program Files" in files[0]) == (kind == "machine")
    run(pc, installers[kind], "/S")  # over itself, as an upgrade
    assert programs(pc)[0] == files
    folder = next((pc.prefix / name).parent for name in files if name.endswith("hourgate-connector.exe"))
    # Without _? it copies itself elsewhere and returns at once.
    run(pc, folder / "uninstall.exe", "/S", "_?=" + wine.path(folder).replace(
        wine.path(pc.prefix / "drive_c"), "C:"))
    (folder / "uninstall.exe").unlink(missing_ok=True)
    left = [name for name in programs(pc)[0] if not (pc.prefix / name).is_dir()]
    assert left == [] and not any("hourgate-connector" in line for line in programs(pc)[1])


def test_the_package_for_administrators_installs_and_goes(pc, installers):
    run(pc, "msiexec", "/i", wine.path(installers["msi"]), "/qn")
    files, said = programs(pc)
    assert [name for name in files if name.endswith("hourgate-connector-tray.exe")]
    assert any("hourgate-connector-tray.exe" in line and "--quiet" in line for line in said)
    run(pc, "msiexec", "/x", wine.path(installers["msi"]), "/qn")
    left = [name for name in programs(pc)[0] if name.endswith(".exe")]
    assert left == []


def test_they_can_be_signed(authority):
    chain, key = authority.issue("good")
    signed = made({**kit.os.environ, "SIGN_CERTIFICATE": str(chain), "SIGN_KEY": str(key)})
    for path in signed.values():
        said = subprocess.run(["osslsigncode", "verify", "-CAfile", authority.certificate, "-in", path],
                              capture_output=True, text=True, check=False).stdout
        assert "Signer's certificate" in said and "No signature found" not in said, path


def test_hosts_find_them_on_their_page(make, installers):
    folder = installers["msi"].parent
    hourgate = make.hourgate(settings={"server.installers": str(folder)})
    hourgate.serve()
    visitor = hourgate.visitor()
    for path in installers.values():
        answer = visitor.ask("GET", f"/a/connector/{path.name}")
        assert answer.status == 200 and answer.headers["Content-Disposition"] == "attachment"
        assert len(answer.body) == path.stat().st_size
    assert visitor.ask("GET", "/a/connector/hourgate.key").status == 404
