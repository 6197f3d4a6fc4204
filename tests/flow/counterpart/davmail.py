# SPDX-License-Identifier: ISC
"""DavMail: somebody else's Exchange client, which shows a practice mailbox as a CalDAV calendar."""
import base64
import http.client
import subprocess

from counterpart.programs import BASE, Daemon, free_port

NEEDED = ("/usr/share/davmail/davmail.jar", "/usr/bin/java", "/usr/bin/keytool")

PROPERTIES = """
davmail.server=true
davmail.mode=EWS
davmail.enableEws=true
davmail.url={ews}
davmail.allowRemote=false
davmail.bindAddress=127.0.0.1
davmail.caldavPort={port}
davmail.imapPort=
davmail.smtpPort=
davmail.popPort=
davmail.ldapPort=
davmail.disableUpdateCheck=true
davmail.caldavPastDelay=0
davmail.enableKerberos=false
davmail.logFilePath={folder}/davmail-debug.log
log4j.rootLogger=WARN
log4j.logger.davmail=DEBUG
log4j.logger.httpclient.wire=WARN
"""


class DavMail(Daemon):
    """DavMail before a practice Exchange, whose roots it trusts. ask() speaks CalDAV with it."""

    def __init__(self, practice, roots):
        self.prepare()
        port = free_port()
        config = self.write("davmail.properties", PROPERTIES.format(
            ews=practice.ews, port=port, folder=self.folder))
        store = self.folder / "trust.p12"
        subprocess.run(["keytool", "-importcert", "-noprompt", "-alias", "practice", "-file", roots,
                        "-keystore", store, "-storetype", "PKCS12", "-storepass", "changeit"],
                       check=True, env=BASE, capture_output=True)
        super().__init__("davmail", [
            "java", "-Xmx128m", "-XX:TieredStopAtLevel=1", f"-Djavax.net.ssl.trustStore={store}",
            "-Djavax.net.ssl.trustStorePassword=changeit", f"-Duser.home={self.folder}", "-jar",
            NEEDED[0], "-server", config], port, {"HOME": str(self.folder)}, 30)

    def ask(self, method, path, body, user, password, **fields):
        """Send one CalDAV request; return (status, header fields, text)."""
        secret = base64.b64encode(f"{user}:{password}".encode()).decode()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request(method, path, body.encode(), {
            "Authorization": f"Basic {secret}", "Depth": "1", "Content-Type": "text/xml", **fields})
        answer = line.getresponse()
        try:
            return answer.status, answer.headers, answer.read().decode()
        finally:
            line.close()

    def log(self):
        debug = self.folder / "davmail-debug.log"
        return super().log() + (debug.read_text() if debug.exists() else "")
