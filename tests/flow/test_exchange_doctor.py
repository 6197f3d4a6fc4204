# SPDX-License-Identifier: ISC
"""The doctor in each bad situation: one finding, and the exact thing to do; a report that gives nothing away."""
import json

import pytest

import kit
from counterpart import programs, proxies

ANNA, BEA, SERVICE = "anna@practice.example", "bea@practice.example", "svc@practice.example"
SUBJECT = "Planted-Subject-5d"


def check(hourgate, practice, *words, user="PRACTICE\\anna", password=kit.PASSWORD):
    return hourgate.run("check", "exchange", "--server", practice.ews, "--user", user, "--roots", practice.trusted,
                        "--networks", "127.0.0.0/8 ::1/128", "--password-stdin", "--json", *words,
                        stdin=password + "\n")


def layers(done):
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    return {layer["layer"]: layer for layer in json.loads(done.stdout)["layers"]}


def findings(done):
    """Return the layers that are neither fine nor skipped; each says what to do."""
    bad = {name: layer for name, layer in layers(done).items() if layer["state"] not in ("ok", "skipped")}
    assert all(layer["fix"] for layer in bad.values()), bad
    return bad


SERVED = {"accounts": [{"address": SERVICE, "user": "PRACTICE\\svc", "password": kit.PASSWORD}]}
SITUATIONS = {
    "extended protection is required": (
        {"extended_protection": "require"}, {}, (), "sign-in", "refused",
        ["Set-WebServicesVirtualDirectory", "-ExtendedProtectionTokenChecking Allow"]),
    "impersonation is denied": (
        SERVED, {"user": "PRACTICE\\svc"}, ("--impersonate", ANNA), "impersonation", "refused",
        ["New-ManagementRoleAssignment", "ApplicationImpersonation"]),
    "no right on the calendar": (
        {}, {"user": "PRACTICE\\bea"}, ("--mailbox", ANNA), "rights", "warn",
        ["Add-MailboxFolderPermission", "Editor"]),
    "the password is wrong": (
        {}, {"password": "Wrong-But-Secret-31"}, (), "sign-in", "refused", ["check user and password"]),
    "the method is not offered": (
        {"methods": ["Basic"]}, {}, (), "methods", "refused", ["--method basic"]),
    "the server's clock is wrong": (
        {"skew": 7200}, {}, ("--method", "basic"), "clock", "warn", ["w32tm"]),
    "there is no such mailbox": (
        {}, {}, ("--mailbox", "nobody@practice.example"), "mailbox", "refused", ["--mailbox"]),
}


@pytest.mark.parametrize("what", SITUATIONS)
def test_a_situation_has_its_finding_and_fix(make, what):
    options, how, words, name, state, fixes = SITUATIONS[what]
    practice, hourgate = make.practice(kit.person(ANNA), kit.person(BEA), **options), make.hourgate()
    done = check(hourgate, practice, *words, **how)
    found = findings(done)
    assert name in found, layers(done)
    assert found[name]["state"] == state
    missing = [fix for fix in fixes if fix not in found[name]["fix"]]
    assert not missing, found[name]
    assert done.returncode == (1 if state == "refused" else 0)
    refused = [entry for entry in practice.journal() if entry["credential"] and entry["status"] == 401]
    assert len(refused) <= 1, "the doctor locks people out"


@pytest.mark.parametrize("rule", [{"mode": "http_503", "retry_after": 30},
                                  {"mode": "fault_busy", "milliseconds": 30000},
                                  {"mode": "item_busy", "milliseconds": 30000}], ids=lambda rule: rule["mode"])
def test_a_throttled_mailbox_is_named(make, rule):
    practice, hourgate = make.practice(), make.hourgate()
    practice.misbehave(operation="GetUserAvailability", **rule)
    found = findings(check(hourgate, practice, "--mailbox", ANNA))
    assert any(word in json.dumps(found) for word in ("ThrottlingPolicy", "later")), found


@pytest.mark.long
@pytest.mark.parametrize("rule,seconds", [({"mode": "http_503", "retry_after": 33}, 33),
                                          ({"mode": "fault_busy", "milliseconds": 34000}, 34)])
def test_throttling_is_told_as_the_server_said_it(make, rule, seconds):
    practice, hourgate = make.office()
    visitor, day = hourgate.visitor(), kit.day_after(3)
    assert visitor.starts(day=day)
    fine = layers(hourgate.run("connection", "check", "acme", 1, "--json"))["throttling"]
    assert fine["state"] == "ok" and "300 and 6000 a minute" in fine["detail"], fine
    assert "never asked to wait" in fine["detail"] and "calls to this mailbox" in fine["detail"]
    practice.misbehave(operation="GetUserAvailability", **rule)
    told = layers(check(hourgate, practice, "--mailbox", ANNA))["throttling"]
    assert told["state"] == "warn" and f"wait {seconds} s" in told["detail"], told
    assert "Set-ThrottlingPolicyAssociation" in told["fix"] and "Get-ThrottlingPolicy" in told["fix"]
    assert visitor.starts(day=day + kit.datetime.timedelta(days=14)) == []
    practice.behave()
    kit.wait_until("the doctor may ask again", lambda: f"for {seconds} s" in hourgate.run(
        "connection", "check", "acme", 1, "--json").stdout, seconds + 10)


def test_a_certificate_that_ends_soon_is_a_warning(make, authority):
    practice, hourgate = make.practice(certificate=authority.issue("ends_soon")), make.hourgate()
    done = check(hourgate, practice)
    found = findings(done)
    assert list(found) == ["certificate"] and "renew" in found["certificate"]["fix"]
    assert found["certificate"]["state"] == "warn" and done.returncode == 0


def test_a_wrong_proxy_password_is_named(make, tmp_path):
    programs.need(*proxies.SQUID_NEEDED)
    secret = tmp_path / "proxy-password"
    secret.touch(mode=0o600)
    secret.write_text("Wrong-But-Secret-31\n")
    with proxies.Squid("basic") as squid:
        practice = make.practice()
        hourgate = make.hourgate(settings={
            "upstream.proxy": squid.url.replace("http://", f"http://{proxies.USER}@"),
            "upstream.proxy_password_file": secret})
        done = check(hourgate, practice)
    found = findings(done)
    assert list(found) == ["tcp"] and "407" in found["tcp"]["detail"] and "proxy_user" in found["tcp"]["fix"]
    assert "Wrong-But-Secret-31" not in done.stdout + done.stderr and practice.journal() == []


def test_a_probe_writes_reads_and_deletes(make):
    practice, hourgate = make.practice(), make.hourgate()
    done = check(hourgate, practice, "--probe")
    assert done.returncode == 0 and layers(done)["probe"]["state"] == "ok", layers(done)
    assert {"CreateItem", "DeleteItem"} <= {entry["operation"] for entry in practice.journal()}
    assert practice.bookings(ANNA) == []
    practice.forget()
    assert "probe" not in layers(check(hourgate, practice))
    assert practice.asked("CreateItem") == []


def test_a_probe_that_fails_says_so_and_leaves_nothing(make):
    practice, hourgate = make.practice(), make.hourgate()
    practice.misbehave("error", operation="CreateItem", code="ErrorQuotaExceeded")
    done = check(hourgate, practice, "--probe")
    assert done.returncode == 1 and layers(done)["probe"]["state"] == "refused"
    assert practice.bookings(ANNA) == []


def test_a_report_gives_nothing_away(make, tmp_path):
    practice = make.practice(kit.person(ANNA, [kit.event(SUBJECT, kit.at(kit.day_after(1), 10))]))
    hourgate, file = make.hourgate(), tmp_path / "report.txt"
    assert check(hourgate, practice, "--mailbox", ANNA, "--probe", "--report", file).returncode == 0
    text = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    for secret in (kit.PASSWORD, SUBJECT, "anna", "PRACTICE\\"):
        assert secret.lower() not in text.lower(), secret
    for wanted in ("dns", "tls", "certificate", "free/busy", "clock", "sha256/", "hourgate "):
        assert wanted in text
    again = check(hourgate, practice, "--report", file)
    assert again.returncode != 0 and file.read_text() == text, "a file was overwritten"


def test_a_report_of_a_failure_keeps_the_password(make, tmp_path):
    practice, hourgate, file = make.practice(), make.hourgate(), tmp_path / "report.txt"
    done = check(hourgate, practice, "--report", file, password="Wrong-But-Secret-31")
    assert done.returncode == 1 and "Wrong-But-Secret-31" not in file.read_text() + done.stdout + done.stderr
    assert "check user and password" in file.read_text()


def test_a_stored_connection_is_checked_the_same(make, tmp_path):
    practice, hourgate = make.office()
    file = tmp_path / "report.txt"
    done = hourgate.run("connection", "check", "acme", 1, "--probe", "--report", file, "--json")
    assert done.returncode == 0 and layers(done)["probe"]["state"] == "ok", done.stdout + done.stderr
    assert kit.PASSWORD not in file.read_text() and practice.bookings(ANNA) == []
