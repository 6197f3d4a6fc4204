# SPDX-License-Identifier: ISC
"""A Kerberos realm of one's own, and an Apache that lets its tickets in to the practice Exchange."""
import os
import pwd
import shutil
import subprocess

from counterpart.programs import BASE, Daemon, free_port

REALM = "PRACTICE.EXAMPLE"
HEADER = "X-Remote-User"
NEEDED = ("/usr/sbin/krb5kdc", "/usr/sbin/kadmin.local", "/usr/bin/kinit", "/usr/bin/faketime")
APACHE_NEEDED = ("/usr/sbin/apache2", "/usr/lib/apache2/modules/mod_auth_gssapi.so")
MODULES = "mpm_event authn_core authz_core authz_user auth_gssapi headers proxy proxy_http " \
          "socache_shmcb ssl"

KRB5_CONF = """
[libdefaults]
 default_realm = {realm}
 dns_lookup_realm = false
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
 forwardable = true
 kdc_timesync = {timesync}
 ticket_lifetime = {lifetime}
 default_ccache_name = MEMORY:
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 localhost = {realm}
 .practice.example = {realm}
"""
KDC_CONF = """
[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/kadm5.acl
  max_life = 10h
  supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
 }}
[logging]
 kdc = FILE:{folder}/kdc.log
"""


class Kdc(Daemon):
    """A key distribution centre with the given people ({name: password}) and services.

    config is a krb5.conf; environment() is what a client program needs to use it and nothing else.
    """

    def __init__(self, people, services=("HTTP/localhost",), lifetime="1h", skew=0, timesync=True):
        self.prepare()
        port = free_port()
        words = {"realm": REALM, "port": port, "folder": self.folder, "lifetime": lifetime,
                 "timesync": int(timesync)}
        self.config = self.write("krb5.conf", KRB5_CONF.format(**words))
        self._env = {"KRB5_CONFIG": str(self.config),
                     "KRB5_KDC_PROFILE": str(self.write("kdc.conf", KDC_CONF.format(**words)))}
        self._command(["kdb5_util", "-r", REALM, "create", "-s"], "master\nmaster\n")
        self.admin(*(f"addprinc -pw {password} {name}" for name, password in people.items()),
                   *(f"addprinc -randkey {service}" for service in services))
        wrong = ["faketime", "-f", f"{skew:+d}s"] if skew else []  # its clock, not ours
        super().__init__("krb5kdc", [*wrong, "krb5kdc", "-n"], port, self._env)

    def _command(self, words, text):
        subprocess.run(words, input=text.encode(), env={**BASE, **self._env}, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def admin(self, *commands):
        """Carry out commands of kadmin, which reads them (and passwords) from its input."""
        self._command(["kadmin.local", "-r", REALM], "\n".join([*commands, "quit", ""]))

    def keytab(self, principal, user=None, change=True):
        """Return the path of a new keytab of a service or (its password stays then) a person."""
        path = self.folder / (principal.replace("/", "-") + ".keytab")
        self.admin(f"ktadd -k {path} {'' if change else '-norandkey '}{principal}")
        path.chmod(0o600)
        if user and os.geteuid() == 0:
            entry = pwd.getpwnam(user)
            os.chown(path, entry.pw_uid, entry.pw_gid)
        return path

    def environment(self, cache=None):
        """Return the variables with which a program finds this realm, and a ticket cache."""
        return {"KRB5_CONFIG": str(self.config), "KRB5RCACHENAME": "none:",
                **({"KRB5CCNAME": str(cache)} if cache else {})}

    def ticket(self, name, password):
        """Sign somebody in; return the environment of a program that has the ticket."""
        env = self.environment(f"FILE:{self.folder}/cache-{name}")
        subprocess.run(["kinit", name], input=f"{password}\n".encode(), env={**BASE, **env},
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        return env


APACHE_CONF = """
{modules}
ServerName localhost
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
LogLevel warn
Mutex file:{folder}
Listen 127.0.0.1:{port}
{user}
StartServers 1
ThreadsPerChild 25
MaxRequestWorkers 50
KeepAlive On
SSLEngine on
SSLCertificateFile {certificate}
SSLCertificateKeyFile {key}
SSLSessionCache none
SSLProxyEngine on
SSLProxyCACertificateFile {roots}
SSLProxyVerify require
ProxyPass / {upstream}
<Location "/">
 AuthType GSSAPI
 AuthName practice
 GssapiCredStore keytab:{keytab}
 GssapiAllowedMech krb5
 GssapiConnectionBound {bound}
 Require valid-user
 RequestHeader set {header} expr=%{{REMOTE_USER}}
 RequestHeader unset Authorization
</Location>
"""


class Apache(Daemon):
    """Apache with mod_auth_gssapi and TLS in front of a practice Exchange.

    The practice Exchange must have "trusted_header": counterpart.kerberos.HEADER in its world. url is
    its EWS address through Apache. bound: a ticket signs in the connection, as with IIS, not a request.
    """

    def __init__(self, kdc, practice, certificate, roots, bound=True):
        user = "www-data"
        self.prepare(user)
        port = free_port()
        # Apache reads its key as root but workers read the keytab: it must be theirs.
        keytab = shutil.copy(kdc.keytab("HTTP/localhost"), self.folder / "http.keytab")
        os.chmod(keytab, 0o600)
        if os.geteuid() == 0:
            shutil.chown(keytab, user)
        config = self.write("apache.conf", APACHE_CONF.format(
            modules="\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
                              for name in MODULES.split()),
            user=f"User {user}\nGroup {user}" if os.geteuid() == 0 else "", folder=self.folder,
            port=port, certificate=certificate[0], key=certificate[1], roots=roots, keytab=keytab,
            upstream=practice.ews.rpartition("/EWS/")[0] + "/", header=HEADER,
            bound="On" if bound else "Off"))
        super().__init__("apache", ["apache2", "-f", config, "-DFOREGROUND"], port,
                         kdc.environment())
        self.url = f"https://localhost:{port}/EWS/Exchange.asmx"

    def log(self):
        errors = self.folder / "error.log"
        return super().log() + (errors.read_text() if errors.exists() else "")
