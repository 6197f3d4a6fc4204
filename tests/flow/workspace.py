# SPDX-License-Identifier: ISC
"""Google Workspace, played by the practice Google: an organisation's service account, known by its key."""
import subprocess

SERVICE = "hourgate@practice.iam.example"
CALENDAR = "https://www.googleapis.com/auth/calendar"
LEAST = tuple(f"{CALENDAR}.{name}" for name in ("events", "freebusy", "calendarlist.readonly"))


class Service:
    """A service account's key, and what the organisation delegated to it."""

    def __init__(self, folder, scopes=LEAST, name="service"):
        self.file, public = folder / f"{name}.pem", folder / f"{name}.pub"
        for words in (["genrsa", "-out", self.file, "2048"], ["rsa", "-in", self.file, "-pubout", "-out", public]):
            subprocess.run(["openssl", *words], check=True, capture_output=True)
        self.file.chmod(0o600)
        self.accounts = {SERVICE: {"public_key": public.read_text(encoding="ascii"), "delegated": list(scopes)}}

    def words(self, practice):
        """Return the options of `connection add` that lead there."""
        return ["--kind", "google", "--server", practice.google, "--method", "assertion", "--client-id", SERVICE,
                "--token-server", f"{practice.accounts}/token", "--key-file", self.file]
