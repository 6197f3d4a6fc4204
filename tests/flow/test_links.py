# SPDX-License-Identifier: ISC
"""An account's imprint and privacy notice stand below its pages, and nowhere else."""
import kit

IMPRINT, PRIVACY = "https://acme.example/imprint?lang=en&x=1", "https://acme.example/privacy"


def test_links_stand_below_the_accounts_pages(make):
    _, hourgate = make.office(kit.person("anna@practice.example", []))
    visitor = hourgate.visitor()
    assert "Imprint" not in visitor.get("/acme/intro").text
    hourgate.command("account", "links", "acme", "--imprint", IMPRINT, "--privacy", PRIVACY)
    page = visitor.get("/acme/intro").text
    assert f'href="{IMPRINT.replace("&", "&amp;")}"' in page and f'href="{PRIVACY}"' in page
    start = visitor.starts(day=kit.day_after(2))[0]
    own = kit.path_of(visitor.book(start).json()["manage_url"])
    assert PRIVACY in visitor.get(own).text and PRIVACY in visitor.get(own + "?move=1").text
    assert PRIVACY not in visitor.get("/trust").text
    assert kit.browser("accessible.mjs", f"{hourgate.base}/acme/intro") == {"violations": []}
    hourgate.command("account", "links", "acme", "--privacy", PRIVACY)
    assert "Imprint" not in visitor.get("/acme/intro").text


def test_what_is_no_address_is_refused(make):
    _, hourgate = make.office(kit.person("anna@practice.example", []))
    for url in ("http://acme.example/", "javascript:alert(1)", "https://a.example/\"x", "https://a b.example/"):
        done = hourgate.run("account", "links", "acme", "--imprint", url)
        assert done.returncode == 1 and "https://" in done.stderr, url
