# SPDX-License-Identifier: ISC
"""A real courier, asked as the vault asks it (tests/tool/courier-drive speaks the wire for us)."""
import datetime
import json
import subprocess

import kit

STATUSES = ["free", "elsewhere", "tentative", "busy", "oof", "no-data"]
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
DRIVE = "tests/tool/courier-drive"
COURIER = "src/courier/hourgate-courier"


class Refused(Exception):
    """An answer that is not OK: status, where, what, retry_s, and how long it took."""

    def __init__(self, answer):
        super().__init__(f"{answer['status']}: {answer['where']}: {answer['what']}")
        self.status, self.where, self.what = answer["status"], answer["where"], answer["what"]
        self.retry_s, self.ms = answer["retry_s"], answer["ms"]


def seconds(moment):
    return round((moment - EPOCH).total_seconds())


def moment(s):
    return EPOCH + datetime.timedelta(seconds=s)


class Courier:
    """One courier with its children; `jail` as in the configuration."""

    def __init__(self, folder, roots="", networks=("127.0.0.0/8", "::1/128"), jail=True, **more):
        self.log_path = folder / "courier.log"
        self._log = open(self.log_path, "ab")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen([str(kit.BUILD / DRIVE), str(kit.BUILD / COURIER)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self._log, text=True)
        self.say(to="control", ask="courier_start",
                 body={"roots": str(roots or ""), "networks": [{"cidr": cidr} for cidr in networks],
                       "jail": jail, "uid": -1, "gid": -1, **more})
        self.say(attach="vault")

    def say(self, **line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or "{}")
        if answer.get("status", "ok") != "ok":
            raise Refused({"where": "", "what": "", "retry_s": 0, "ms": 0, **answer})
        return answer

    def connect(self, server, by="vault"):
        """Spawn a child and open the connection in it."""
        child = self.say(to=by, ask="spawn")["child"]
        self.say(to=child, ask="open", body={"server": server})
        return Connection(self, child)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def stop(self):
        """End it; return the exit code: 0 where the courier ended well."""
        self.process.stdin.close()
        code = self.process.wait(10)
        self.process.stdout.close()
        self._log.close()
        return code


class Connection:
    """One child of a courier and the jobs it does."""

    def __init__(self, courier, child):
        self.courier, self.child = courier, child

    def ask(self, name, timeout_ms=15000, **body):
        return self.courier.say(to=self.child, ask=name, timeout_ms=timeout_ms, body=body)["body"]

    def busy(self, start, end, **more):
        """Return the busy intervals as (start, end, word)."""
        body = self.ask("busy", **{"from": seconds(start), "to": seconds(end)}, **more)
        return [(moment(row["start"]), moment(row["end"]), STATUSES[row["status"]])
                for row in body["busy"]]

    def create(self, uid, start, end, calendar="", **more):
        return self.ask("create", calendar=calendar, event=described(uid, start, end, **more))["ref"]

    def find(self, uid, **more):
        return self.ask("find", uid=uid, **more)["ref"]

    def update(self, ref_id, uid, start, end, **more):
        return self.ask("update", id=ref_id, event=described(uid, start, end, **more))["ref"]

    def remove(self, ref_id, uid, **more):
        self.ask("remove", id=ref_id, uid=uid, **more)

    def check(self, **more):
        """Return the doctor's layers by name."""
        states = ["ok", "warn", "refused", "skipped"]
        return {layer["name"]: {**layer, "state": states[layer["state"]]}
                for layer in self.ask("check", **more)["layers"]}

    def close(self):
        self.courier.say(close=self.child)


def described(uid, start, end, zone=kit.ZONE, title="A booking", body="By hourgate", location="", **more):
    return {"uid": uid, "start": seconds(start), "end": seconds(end), "zone": zone, "title": title,
            "body": body, "location": location, **more}
