# SPDX-License-Identifier: ISC
"""A PC with a folder of .ics files, the program hourgate-connector over it, and a reader that is not ours."""
import datetime
import os
import subprocess

import kit

PROGRAM = kit.BUILD / "src/connector/hourgate-connector"
OBJECT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//flow//EN\r
BEGIN:VEVENT\r
UID:{uid}\r
DTSTAMP:20260101T000000Z\r
DTSTART:{start}\r
DTEND:{end}\r
SUMMARY:{title}\r
{more}END:VEVENT\r
END:VCALENDAR\r
"""
KHAL = """[calendars]
[[work]]
path = {calendar}
[locale]
local_timezone = {zone}
default_timezone = {zone}
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/khal.db
"""


def stamp(moment):
    return moment.astimezone(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")


class PC:
    """A person's machine: calendars/work and calendars/home; the connector is configured, not paired."""

    def __init__(self, folder, network="", environment=None):
        self.folder = folder / "pc"
        self.calendars = self.folder / "calendars"
        self.work, self.home = self.calendars / "work", self.calendars / "home"
        for calendar in (self.work, self.home):
            calendar.mkdir(parents=True)
        self.state, self.config = self.folder / "state", self.folder / "connector.conf"
        self.config.write_text(f"[connector]\nstate = {self.state}\n[calendars]\ndirectory = {self.calendars}\n"
                               f"book = work\nzone = {kit.ZONE}\n[network]\n{network or 'proxy = none'}\n")
        self.env = {**os.environ, "HOME": str(self.folder), **(environment or {})}
        self.program = None

    def command(self, *words, stdin="", code=0):
        """Call the program; return (what it printed, what it complained of)."""
        done = subprocess.run([PROGRAM, "--config", self.config, *words], input=stdin, env=self.env, text=True,
                              capture_output=True, timeout=60 * kit.SLOW, check=False)
        assert done.returncode == code, f"{done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout, done.stderr

    def pair(self, address, number, token, code=0):
        return self.command("pair", address, stdin=f"{number}\n{token}\n", code=code)

    def start(self):
        self.program = kit.Program([PROGRAM, "--config", self.config, "run"], self.folder / "log", env=self.env)

    def stop(self):
        return self.program.stop() if self.program else 0

    def kill(self):
        self.program.process.kill()
        self.program.process.wait()

    def once(self, code=0):
        return self.command("run", "--once", code=code)

    def status(self):
        """What `status` says, by name."""
        done = subprocess.run([PROGRAM, "--config", self.config, "status"], env=self.env, text=True,
                              capture_output=True, timeout=60, check=False)
        return dict(line.split(": ", 1) for line in done.stdout.splitlines())

    def add(self, uid, start, minutes=30, calendar=None, more="", title="Canary"):
        """Put an event into a calendar as other programs do: whole, by a rename."""
        path = (calendar or self.work) / f"{uid}.ics"
        fresh = path.with_suffix(".tmp")
        fresh.write_text(OBJECT.format(uid=uid, start=stamp(start), title=title, more=more,
                                       end=stamp(start + datetime.timedelta(minutes=minutes))), newline="")
        fresh.replace(path)
        return path

    def khal(self, day):
        """What khal shows of a day: lines "09:00-09:30 title"."""
        settings = self.folder / "khal.conf"
        settings.write_text(KHAL.format(calendar=self.work, folder=self.folder, zone=kit.ZONE))
        done = subprocess.run(["khal", "-c", settings, "list", "--format", "{start-time}-{end-time} {title}",
                               "--day-format", "", str(day), "1d"], env=self.env, text=True, capture_output=True,
                              timeout=60, check=True)
        return [line for line in done.stdout.splitlines() if line.strip() and not line.startswith("No events")]
