# SPDX-License-Identifier: ISC
"""A test certificate authority on the openssl command line, and certificates that are wrong.

    python3 practice/pki.py FOLDER      makes one of each kind there

Every kind is NAME.pem (the chain to serve) and NAME.key; the roots to trust are in ca.pem.
"""

import pathlib
import subprocess
import sys

NAMES = "DNS:localhost,IP:127.0.0.1"
LEAF = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n"
ROOT = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n" \
       "subjectKeyIdentifier=hash\n"
SERVER = "extendedKeyUsage=serverAuth\n"
OLD = ("-not_before", "20200101000000Z", "-not_after", "20210101000000Z")
LATER = ("-not_before", "20900101000000Z", "-not_after", "20910101000000Z")

# What is special about each kind: extensions, digest, RSA bits (None: P-256), dates, issuer.
KINDS = {
    "good": {},
    "ends_soon": {"days": 10},
    "self_signed": {"issuer": "self"},
    "expired": {"dates": OLD},
    "not_yet_valid": {"dates": LATER},
    "wrong_name": {"san": "DNS:mail.elsewhere.example"},
    "no_san": {"san": None},
    "missing_intermediate": {"issuer": "intermediate", "chain": False},
    "intermediate": {"issuer": "intermediate"},
    "weak_key": {"bits": 1024},
    "weak_signature": {"digest": "sha1"},
    "wrong_purpose": {"purpose": "extendedKeyUsage=clientAuth\n"},
    "not_a_ca": {"issuer": "leaf"},
    "unknown_ca": {"issuer": "stranger"},
    "unknown_ca_sent": {"issuer": "stranger", "root": True},
}


def openssl(*words, **options):
    """Run openssl quietly; its complaint becomes the exception's text."""
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, **options)
    if done.returncode:
        raise OSError(f"openssl {words[0]}: {done.stderr.strip()}")
    return done.stdout


class Authority:
    """A root in a folder, its intermediate and whoever else is needed, made on first use."""

    def __init__(self, folder, name="Practice root"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self._root("ca", name)

    def _path(self, name, suffix):
        return self.folder / f"{name}.{suffix}"

    def _key(self, name, bits=None):
        path = self._path(name, "key")
        kind = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"] if bits else \
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        openssl("genpkey", *kind, "-out", path)
        path.chmod(0o600)
        return path

    def _root(self, name, subject):
        """Make a self-signed CA certificate, unless it is there already."""
        path = self._path(name, "pem")
        if not path.exists():
            self._sign(name, subject, ROOT, issuer="self", days=3650)
        return path

    def _sign(self, name, subject, extensions, issuer, days=365, dates=(), digest="sha256",
              bits=None):
        """Make key and certificate NAME, signed by the key of issuer (or by itself)."""
        key = self._key(name, bits)
        request, config = self._path(name, "csr"), self._path(name, "ext")
        config.write_text(extensions, encoding="ascii")
        openssl("req", "-new", "-key", key, "-subj", f"/O=Practice/CN={subject}", "-out", request)
        path = self._path(name, "pem")
        if dates:
            self._sign_with_dates(name, issuer, dates, digest)
        else:
            signer = ["-signkey", key] if issuer == "self" else [
                "-CA", self._path(issuer, "pem"), "-CAkey", self._path(issuer, "key"),
                "-CAcreateserial"]
            openssl("x509", "-req", "-in", request, *signer, "-extfile", config, "-days", days,
                    f"-{digest}", "-out", path)
        return path

    def _sign_with_dates(self, name, issuer, dates, digest):
        """Sign with chosen dates, which only the ca command can set in OpenSSL 3.0."""
        (self.folder / "index.txt").write_text("", encoding="ascii")
        config = self._path(name, "cnf")
        config.write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.folder}/index.txt\n"
            f"new_certs_dir={self.folder}\nrand_serial=yes\npolicy=p\nunique_subject=no\n"
            "[p]\norganizationName=optional\ncommonName=supplied\n", encoding="utf-8")
        start, end = dates[1], dates[3]
        openssl("ca", "-batch", "-notext", "-config", config, "-md", digest,
                "-cert", self._path(issuer, "pem"), "-keyfile", self._path(issuer, "key"),
                "-in", self._path(name, "csr"), "-extfile", self._path(name, "ext"),
                "-startdate", start, "-enddate", end, "-out", self._path(name, "pem"))

    def _issuer(self, kind):
        """Return the name of the issuer for a kind, made if need be."""
        if kind == "intermediate" and not self._path("middle", "pem").exists():
            self._sign("middle", "Practice intermediate", ROOT, "ca")
        elif kind == "stranger":
            self._root("stranger", "Unknown root")
        elif kind == "leaf" and not self._path("pretender", "pem").exists():
            self._sign("pretender", "Not a CA", LEAF + SERVER, "ca")
        return {"intermediate": "middle", "leaf": "pretender"}.get(kind, kind)

    def issue(self, kind, host=None):
        """Make a server certificate of one of KINDS, for localhost or another host; return the
        paths of its chain and key."""
        names = f"DNS:{host}" if host else NAMES
        what = {"san": names, "issuer": "ca", "purpose": SERVER, **KINDS[kind]}
        extensions = LEAF + what["purpose"]
        if what["san"]:
            extensions += f"subjectAltName={what['san']}\n"
        issuer = self._issuer(what["issuer"])
        name = f"{kind}-{host}" if host else kind
        path = self._sign(name, host or "localhost", extensions, issuer, what.get("days", 365),
                          what.get("dates", ()), digest=what.get("digest", "sha256"), bits=what.get("bits"))
        also = []
        if what["issuer"] in ("intermediate", "leaf") and what.get("chain", True):
            also = [issuer]
        elif what.get("root"):
            also = [issuer]
        for signer in also:
            with open(path, "a", encoding="ascii") as file:
                file.write(self._path(signer, "pem").read_text(encoding="ascii"))
        return path, self._path(name, "key")


def main():
    if len(sys.argv) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    authority = Authority(sys.argv[1])
    for kind in KINDS:
        print(kind, *authority.issue(kind))
    return 0


if __name__ == "__main__":
    sys.exit(main())
