# SPDX-License-Identifier: ISC
"""Microsoft 365, played by the practice server: an organisation's application there, known by its certificate."""
import subprocess

import kit

ANNA, BEA = "anna@practice.example", "bea@practice.example"
CLIENT = "5c1f2b6e-0000-4000-8000-00000000cafe"


class Application:
    """A key, its certificate, and what the organisation let it do."""

    def __init__(self, folder, name="hourgate"):
        self.file = folder / f"{name}.pem"
        certificate = folder / f"{name}.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                        "-keyout", self.file, "-out", certificate], check=True, capture_output=True)
        self.certificate = certificate.read_text(encoding="ascii")
        with open(self.file, "a", encoding="ascii") as file:
            file.write(self.certificate)
        self.file.chmod(0o600)

    def world(self, **more):
        """Return what a world needs besides people."""
        return {"graph": more, "oauth": {
            "audience": ["https://graph.microsoft.com"],
            "clients": {CLIENT: {"certificate": self.certificate, "roles": ["Calendars.ReadWrite"]}}}}


def words(practice, application):
    """Return the options of `connection add` and `connection move` that lead there."""
    base = practice.ews.removesuffix("/EWS/Exchange.asmx")
    return ["--kind", "graph", "--server", f"{base}/v1.0", "--method", "assertion", "--client-id", CLIENT,
            "--token-server", f"{base}/practice.example/oauth2/v2.0/token", "--key-file", application.file]


def office(make, application, *mailboxes, address=ANNA, world=None, settings=None, **rules):
    """One practice Microsoft 365, one hourgate that serves, anna's page acme/intro."""
    practice = make.practice(*(mailboxes or [kit.person(ANNA)]), **(world or application.world()))
    hourgate = make.hourgate(settings=settings).serve()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("user", "add", "acme", address, "--name", "Anna Host", "--zone", kit.ZONE)
    hourgate.command("connection", "add", "acme", address, *words(practice, application))
    hourgate.page(**rules)
    practice.forget()
    return practice, hourgate
