# SPDX-License-Identifier: ISC
"""Customers' pages in every language and direction: which one is shown, what it costs, and that everybody can use it."""
import os

import pytest

import kit
from test_edge_alone import Drive

LANGUAGES = {"en": "Your name", "de": "Ihr Name", "fr": "Votre nom", "it": "Il suo nome", "ar": "اسمك"}


@pytest.fixture(scope="module", name="edge")
def edge_fixture():
    drive = Drive()
    yield drive
    drive.stop()


def asked(edge, path, accept=None):
    return edge.visitor.get(path, **({"Accept_Language": accept} if accept else {}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_address_says_the_language_and_keeps_it(edge, language):
    page = asked(edge, f"/acme/intro?lang={language}", accept="pl")
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page.text
    assert LANGUAGES[language] in page.text
    for other in LANGUAGES:
        assert (f'lang="{other}" aria-current="true"' in page.text) == (other == language)
    links = [link for link in kit.re.findall(r'href="(/acme/intro[^"]*)"', page.text) if "hreflang" not in link]
    assert links and all("lang=" in link for link in links)
    assert f'action="/acme/intro?lang={language}"' in page.text
    booked = edge.visitor.form(f"/acme/intro?lang={language}", start=edge.starts()[4], name="Max", email="max@example.org",
                               key=f"lang-{language}", tz="Europe/London")
    assert f"lang={language}" in booked.headers["Location"]


@pytest.mark.parametrize("accept,shown", [("fr-CA, en;q=0.8", "fr"), ("ja, it;q=0.2", "it"), ("AR-eg", "ar"), ("xx", "en"),
                                          (None, "en"), ("de;q=0", "en"), ("de" * 900, "en")])
def test_the_browser_is_asked_next(edge, accept, shown):
    assert f'<html lang="{shown}"' in asked(edge, "/acme/intro", accept).text


def test_a_language_that_is_none_is_as_if_not_said(edge):
    for lang in ("xx", "", "de%00", '"><script>', "english"):
        page = asked(edge, f"/acme/intro?lang={lang}", accept="it")
        assert '<html lang="it"' in page.text and "script>\"" not in page.text


def test_hosts_have_no_arabic(edge):
    assert '<html lang="de" dir="ltr"' in asked(edge, "/sign-in", accept="ar, de;q=0.5").text
    assert '<html lang="en"' in asked(edge, "/sign-in?lang=ar").text and "hreflang=\"ar\"" not in asked(edge, "/sign-in").text
    assert '<html lang="fr"' in asked(edge, "/sign-in?lang=fr", accept="de").text


def test_a_crowd_reads_each_in_its_own(edge):
    """One answer of the vault for all who wait, written once for each language."""
    import concurrent.futures  # pylint: disable=import-outside-toplevel
    drive = Drive("--delay", "500")
    try:
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            pages = list(pool.map(lambda each: (each, kit.Visitor(drive.base).get(f"/acme/intro?lang={each}").text),
                                  list(LANGUAGES) * 2))
        for language, page in pages:
            assert f'<html lang="{language}"' in page and LANGUAGES[language] in page
    finally:
        drive.stop()


def test_numbers_are_the_languages(edge):
    page = asked(edge, "/acme/intro?lang=ar&tz=Europe/Zurich").text
    assert "٣٠ دقيقة" in page and ">٠٩:٠٠</a>" in page and ">09:00</a>" not in page
    assert "<h1 dir=\"auto\">First conversation</h1>" in page  # what hosts and customers wrote goes its own way


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_view_is_small_in_every_language(edge, language):
    said = kit.browser("first-view.mjs", f"{edge.base}/acme/intro?lang={language}")
    assert said["requests"] <= 4 and said["bytes"] <= 50 * 1024
    assert said["shift"] == 0 and said["foreign"] == [] and said["complaints"] == []
    assert said["typed"] == "Max" and said["zoned"] == "Asia/Tokyo" and said["booked"].startswith("/b/")


@pytest.mark.parametrize("javascript", ["on", "off"])
def test_by_keyboard_alone(edge, javascript):
    said = kit.browser("keyboard.mjs", f"{edge.base}/acme/intro", javascript)
    assert said["reached"] == ["Your booking is confirmed", "Your booking is confirmed", "This booking is cancelled"]
    assert said["hidden"] == []


@pytest.mark.long
@pytest.mark.limit(400)
def test_every_state_in_pairs(edge):
    """German and Arabic, 360 and 1280 px, light and dark, with and without JavaScript; the pictures are kept."""
    folder = kit.pathlib.Path(os.environ.get("HOURGATE_PICTURES", kit.BUILD / "pictures"))
    folder.mkdir(exist_ok=True)
    starts = edge.starts()
    own = kit.path_of(edge.fill_in(starts[20], key="states").headers["Location"]).split("?")[0]
    gone = kit.path_of(edge.fill_in(starts[21], key="states-gone").headers["Location"])
    kit.cancel(edge.visitor, gone)
    states = {"month": "/acme/intro", "full": "/acme/full", "form": f"/acme/intro?start={starts[22]}",
              "mistakes!": f"/acme/intro?start={starts[22]}", "taken": f"/acme/intro?start={starts[20]}", "own": own,
              "cancel": f"{own}?cancel=1", "move": f"{own}?move=1", "move-step": f"{own}?move=1&start={starts[22]}",
              "move-taken": f"{own}?move=1&start={starts[20]}", "cancelled": gone, "nothing": "/nothing/here",
              "home": "/", "trust": "/trust"}
    said = kit.browser("states.mjs", folder, *[f"{name}={edge.base}{path}" for name, path in states.items()], timeout=600)
    assert said == {"violations": []}
