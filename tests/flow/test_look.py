# SPDX-License-Identifier: ISC
"""An account's colour and logo: chosen by its administrators, worn by its pages and mails, and by no other's."""
import os
import re
import struct
import zlib

import kit
import pytest
from people import ANNA, BERT, World
from test_places import DAY, Office


def png(width=240, height=80, extra=0):
    """A picture of one colour; extra bytes of noise make it large."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = zlib.compress(b"".join(b"\0" + b"\x8b\x1e\x3f" * width for _ in range(height)))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">II5B", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", rows) + (chunk(b"noIs", os.urandom(extra)) if extra else b"") + chunk(b"IEND", b""))


def send(browser, logo=b"", filename="logo.png", site="same-origin", **fields):
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    parts.append(f'Content-Disposition: form-data; name="logo"; filename="{filename}"\r\n'
                 f"Content-Type: image/png\r\n\r\n".encode() + logo)
    body = b"".join(b"--cut\r\n" + part + b"\r\n" for part in parts) + b"--cut--\r\n"
    return browser.visitor.ask("POST", "/settings/look", body, Content_Type="multipart/form-data; boundary=cut",
                               Sec_Fetch_Site=site, Cookie=f"hourgate={browser.cookie}")


def owner(world):
    world.gate.command("user", "role", "acme", ANNA, "owner")
    return world.signed_in()


def worn(page):
    sheet = re.search(r'<link rel="stylesheet" href="([^"]+)"', page)[1]
    logo = re.search(r'<img class="logo" src="([^"]+)" width="(\d+)" height="(\d+)" alt="">', page)
    return sheet, logo


def test_pages_wear_what_administrators_chose(make):
    world = World(make)
    anna, visitor = owner(world), world.gate.visitor()
    plain, none = worn(visitor.get("/acme/by-anna").text)
    assert plain.endswith("/style.css") and none is None
    done = send(anna, png(), form=anna.form(), own_colour="yes", colour="#8B1E3F")
    assert done.status == 303 and done.headers["Location"] == "/settings/look?done=saved"
    own = kit.path_of(visitor.book(visitor.starts("acme/by-anna", day=kit.day_after(2))[0], "acme/by-anna")
                      .json()["manage_url"])
    for path in ("/acme/by-anna", "/acme/by-bert", own, own + "?move=1"):
        sheet, logo = worn(visitor.get(path).text)
        assert sheet.endswith("/8b1e3f.css") and logo.groups()[1:] == ("168", "56"), path
    for path in ("/zeta/by-zoe", "/trust", "/"):
        assert worn(visitor.get(path).text) == (plain, None), path
    picture = visitor.get(logo[1])
    assert picture.body == png() and picture.headers["Content-Type"] == "image/png"
    style = visitor.get(sheet)
    assert style.text.startswith(visitor.get(plain).text) and "--accent: #8b1e3f;" in style.text
    for path, file in ((logo[1], picture), (sheet, style)):
        assert file.headers["X-Content-Type-Options"] == "nosniff" and "immutable" in file.headers["Cache-Control"]
        again = visitor.get(path, If_None_Match=file.headers["ETag"])
        assert (again.status, again.body) == (304, b"")
    settings = anna.ask("GET", "/settings/look").text
    assert 'value="#8b1e3f"' in settings and logo[1] in settings
    # The one is left while the other goes.
    assert send(anna, form=anna.form(), own_colour="yes", colour="#8b1e3f", removes="yes").status == 303
    assert worn(visitor.get("/acme/by-anna").text) == (sheet, None) and visitor.get(logo[1]).status == 404


def test_what_is_no_picture_is_said_beside_the_field(make):
    world = World(make)
    anna = owner(world)
    cases = [(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "neither a PNG nor a WebP"),
             (b"GIF89a" + bytes(40), "neither a PNG nor a WebP"), (png()[:-4], "not whole"), (png() + b"<b>", "not whole"),
             (png(extra=13000), "too large"), (png(1025, 1), "too large")]
    for logo, why in cases:
        answer = send(anna, logo, form=anna.form(), own_colour="yes", colour="#8b1e3f")
        assert answer.status == 422 and why in answer.text and 'id="logo-error"' in answer.text
    answer = send(anna, form=anna.form(), own_colour="yes", colour="red")
    assert answer.status == 422 and "six hexadecimal figures" in answer.text
    assert worn(world.gate.visitor().get("/acme/by-anna").text)[1] is None


def test_nobody_else_may(make):
    world = World(make)
    anna, bert = owner(world), world.signed_in(BERT)
    assert bert.ask("GET", "/settings/look").status == 404
    assert send(bert, png(), form=bert.form()).status in (403, 404)
    assert send(anna, png(), form="x" * 43).status == 403
    assert send(anna, png(), form=anna.form(), site="cross-site").status == 403
    assert anna.post("/settings/look", own_colour="yes", colour="#8b1e3f").status == 415
    assert worn(world.gate.visitor().get("/acme/by-anna").text)[0].endswith("/style.css")


@pytest.mark.parametrize("path", ["/a/style/000000000000/8b1e3f.css", "/a/style/{}/8b1e3f", "/a/style/{}/8b1e3.css",
                                  "/a/style/{}/red000.css", "/a/logo/acme/", "/a/logo/acme/0123456789abcdef",
                                  "/a/logo/nobody/0123456789abcdef", "/a/logo/acme/../../etc"])
def test_what_names_no_file_is_not_there(make, path):
    world = World(make)
    visitor = world.gate.visitor()
    sheet = worn(visitor.get("/acme/by-anna").text)[0].split("/")[2]
    assert visitor.get(path.format(sheet)).status == 404


def test_the_command_says_it_too(make, tmp_path):
    world = World(make)
    logo = tmp_path / "logo.png"
    logo.write_bytes(png())
    world.gate.command("account", "look", "acme", "--colour", "#1F4E79", "--logo", logo)
    sheet, shown = worn(world.gate.visitor().get("/acme/by-anna").text)
    assert sheet.endswith("/1f4e79.css") and world.gate.visitor().get(shown[1]).body == png()
    world.gate.command("account", "look", "acme", "--colour", "none")
    assert worn(world.gate.visitor().get("/acme/by-anna").text)[1]
    logo.write_bytes(b"<svg/>")
    for words, why in ((("--logo", logo), "neither a PNG nor a WebP"), (("--colour", "red"), "six hexadecimal"), ((), "name a")):
        refused = world.gate.run("account", "look", "acme", *words)
        assert refused.returncode and why in refused.stderr


def test_the_first_view_stays_small_and_nothing_moves(make, tmp_path):
    _, gate = make.office(kit.person("anna@practice.example", []))
    logo = tmp_path / "logo.png"
    logo.write_bytes(png(extra=11000))
    gate.command("account", "look", "acme", "--colour", "#e8b004", "--logo", logo)
    said = kit.browser("first-view.mjs", f"{gate.base}/acme/intro")
    assert said["requests"] <= 4 and said["bytes"] <= 50 * 1024, said
    assert said["shift"] < 0.001 and said["foreign"] == [] and said["complaints"] == []


@pytest.mark.long
@pytest.mark.parametrize("colour", ["#8b1e3f", "#e8b004"])
def test_it_is_fit_to_be_seen(make, tmp_path, colour):
    office = Office(make)
    office.gate.command("user", "role", "acme", ANNA, "owner")
    logo = tmp_path / "logo.png"
    logo.write_bytes(png())
    office.gate.command("account", "look", "acme", "--colour", colour, "--logo", logo)
    own = kit.path_of(office.gate.visitor().book(kit.at(office.day + DAY, 10)).json()["manage_url"])
    chosen = f"/acme/intro?start={kit.utc(kit.at(office.day + DAY, 11))}"
    assert office.look(look="/settings/look", page="/acme/intro", form=chosen, own=own, move=own + "?move=1")
    assert office.look(javascript="off", locale="de-CH", look="/settings/look")["look"] == "Farbe und Logo"
