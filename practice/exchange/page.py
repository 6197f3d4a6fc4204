# SPDX-License-Identifier: ISC
"""The mailbox page: one week of one calendar as a person would see it, without JavaScript.

The page reloads itself every few seconds, so that an appointment is seen arriving.
"""

import datetime as dt
import html

from .zones import local_to_utc

REFRESH_SECONDS = 4
HOUR = 60                       # pixels
FIRST_HOUR, LAST_HOUR = 8, 18   # shown at least
NEW_SECONDS = 90
SENT_SHOWN = 20
STATUS = {"Busy": "busy", "Tentative": "tentative", "OOF": "out of office", "Free": "free",
          "WorkingElsewhere": "working elsewhere", "NoData": "no data"}
STYLE = """
:root { --paper:#fbfbf9; --raised:#fff; --ink:#1d2427; --muted:#5f6b70; --line:#e3e5e1;
  --accent:#11697a; --soft:#e2eff0; --new:#b3561b; --away:#6b4b8a; --awaysoft:#eee8f4;
  color-scheme: light dark }
@media (prefers-color-scheme: dark) { :root { --paper:#14181a; --raised:#1b2124; --ink:#e6eaea;
  --muted:#9aa7ab; --line:#2c3538; --accent:#6fc1cf; --soft:#1d3439; --new:#f0a36b;
  --away:#c3a6e0; --awaysoft:#2c2437 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums }
main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 48px }
header { display: grid; grid-template-columns: 1fr auto; gap: 0 16px; align-items: center }
header p { grid-column: 1 }
h1 { font-size: 23px; line-height: 1.3; margin: 0; font-weight: 600 }
h2 { font-size: 16px; margin: 40px 0 8px; font-weight: 600 }
p { margin: 0 } .muted, .muted a { color: var(--muted) } a { color: var(--accent) }
nav { grid-column: 2; grid-row: 1 / 3; display: flex; gap: 4px }
nav a { padding: 10px 14px; min-height: 44px; text-decoration: none; border-radius: 6px }
nav a:hover, nav a:focus-visible { background: var(--soft) }
.week { display: grid; grid-template-columns: 52px repeat(7, minmax(0, 1fr)); margin-top: 24px;
  background: var(--raised); border: 1px solid var(--line); border-radius: 10px; overflow: hidden }
.head { padding: 10px 8px; border-bottom: 1px solid var(--line); font-size: 14px;
  color: var(--muted) }
.head b { display: block; font-size: 19px; font-weight: 500; color: var(--ink); line-height: 1.2 }
.head.today b { color: var(--accent); font-weight: 700 }
.allday { padding: 4px; border-bottom: 1px solid var(--line); min-height: 16px; min-width: 0 }
.allday .event { position: static; margin: 0 0 3px; height: auto }
.hours, .day { position: relative; border-left: 1px solid var(--line) } .hours { border: 0 }
.hours span { position: absolute; right: 8px; font-size: 13px; color: var(--muted);
  transform: translateY(-50%) }
.day { background-image: linear-gradient(to bottom, var(--line) 1px, transparent 1px);
  background-size: 100% var(--hour) }
.now { position: absolute; left: 0; right: 0; border-top: 2px solid var(--new); z-index: 3 }
.event { position: absolute; overflow: hidden; padding: 2px 6px; border-radius: 5px;
  background: var(--soft); border: 1px solid var(--raised); border-left: 3px solid var(--accent);
  font-size: 13px; line-height: 1.35; overflow-wrap: break-word; hyphens: auto }
.event b { font-weight: 600 } .event.short { padding: 0 6px; line-height: 1.2; white-space: nowrap }
.event i { font-style: normal; color: var(--muted) }
.event.Tentative { background: repeating-linear-gradient(135deg, var(--soft) 0 5px,
  var(--raised) 5px 9px) }
.event.OOF { background: var(--awaysoft); border-left-color: var(--away) }
.event.Free, .event.WorkingElsewhere, .event.NoData { background: var(--raised);
  border: 1px dashed var(--muted); border-left: 3px dotted var(--accent) }
.event.new { box-shadow: 0 0 0 2px var(--new) } .mark { color: var(--new); font-weight: 600 }
table { width: 100%; border-collapse: collapse; font-size: 14px }
td { padding: 12px 16px 12px 0; border-top: 1px solid var(--line); vertical-align: top }
td:first-child { white-space: nowrap; width: 1% } td:last-child { width: 1%; white-space: nowrap }
td b { font-size: 16px; font-weight: 600; margin-right: 8px }
.text { white-space: pre-line; color: var(--muted);
  max-width: 68ch; overflow-wrap: anywhere }
.tag { display: inline-block; padding: 0 8px; border: 1px solid var(--line); border-radius: 10px;
  font-size: 13px; color: var(--muted); margin: 4px 4px 0 0 }
ul { list-style: none; padding: 0; margin: 24px 0 } li a { display: block; padding: 16px 20px;
  background: var(--raised); border: 1px solid var(--line); border-radius: 10px; margin: 8px 0;
  text-decoration: none; color: var(--ink) } li a:hover { border-color: var(--accent) }
@media (max-width: 720px) { main { padding: 16px 12px } nav { grid-column: 1; grid-row: 3;
  margin-left: -14px } .hours span { right: 4px; font-size: 10px }
  .week { grid-template-columns: 36px repeat(7, minmax(0, 1fr)) }
  .head { padding: 8px 2px; font-size: 13px; text-align: center } .event { padding: 1px 2px;
  font-size: 11px } .event i { display: none } td { display: block; border: 0; padding: 2px 0 }
  tr { display: block; border-top: 1px solid var(--line); padding: 8px 0 }
  td:first-child, td:last-child { width: auto; white-space: normal } }
"""


def _document(title, body):
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{REFRESH_SECONDS}">
<link rel="icon" href="data:,"><style>{STYLE}</style></head>
<body><main>{body}</main></body></html>
"""


def index(world):
    """Return the list of mailboxes."""
    rows = "".join(
        f'<li><a href="/mailbox/{html.escape(mailbox.address)}"><b>{html.escape(mailbox.name)}</b>'
        f'<br><span class="muted">{html.escape(mailbox.address)} &middot; '
        f"{html.escape(mailbox.zone.key)}</span></a></li>"
        for mailbox in world.mailboxes.values())
    return _document("Practice Exchange", "<header><h1>Practice Exchange</h1></header>"
                     '<p class="muted">Mailboxes of a server that forgets everything when it '
                     f"ends.</p><ul>{rows}</ul>")


class _Block:
    """One event on one day: minutes from midnight, and its lane among those that overlap it."""

    def __init__(self, item, begin, end):
        self.item, self.begin, self.end = item, begin, end
        self.lane, self.lanes = 0, 1


def week(mailbox, day=None):
    """Return the page of the week that holds day (today if None)."""
    now = mailbox.now().astimezone(mailbox.zone)
    day = day or now.date()
    monday = day - dt.timedelta(days=day.weekday())
    days = [monday + dt.timedelta(days=n) for n in range(7)]
    start, end = (local_to_utc(dt.datetime.combine(date, dt.time()), mailbox.zone)
                  for date in (monday, monday + dt.timedelta(days=7)))
    with mailbox.lock:
        found = mailbox.view(start, end)
        body = _header(mailbox, monday) + _grid(mailbox, days, found, now) \
            + _list(mailbox, found, now) + _sent(mailbox)
    return _document(f"{mailbox.name} - practice mailbox", body)


def _header(mailbox, monday):
    sunday = monday + dt.timedelta(days=6)
    address = html.escape(mailbox.address)
    links = "".join(
        f'<a href="/mailbox/{address}{query}">{text}</a>' for query, text in (
            (f"?week={monday - dt.timedelta(days=7)}", "&larr; Earlier"), ("", "This week"),
            (f"?week={monday + dt.timedelta(days=7)}", "Later &rarr;")))
    first = f"{monday.day} {monday:%B}" if monday.month != sunday.month else str(monday.day)
    return f"<header><h1>{html.escape(mailbox.name)}</h1><p class=\"muted\">{first} to " \
           f"{sunday.day} {sunday:%B %Y}, {html.escape(mailbox.zone.key)} &middot; " \
           f'<a href="/">{address}</a></p><nav aria-label="Week">{links}</nav></header>'


def _blocks(mailbox, date, found):
    """Return the timed events of a day, those that overlap side by side."""
    midnight = dt.datetime.combine(date, dt.time())
    blocks = []
    for item in found:
        if _is_long(item):
            continue
        begin, end = (int((moment.astimezone(mailbox.zone).replace(tzinfo=None) - midnight)
                          .total_seconds() // 60) for moment in (item.start, item.end))
        if begin < 1440 and end > 0:
            blocks.append(_Block(item, max(0, begin), min(1440, max(end, begin + 10))))
    group, free_at, until = [], [], -1
    for block in blocks:
        if block.begin >= until:
            group, free_at = [], []
        lane = next((n for n, free in enumerate(free_at) if free <= block.begin), len(free_at))
        free_at[lane:lane + 1] = [block.end]
        block.lane, until = lane, max(until, block.end)
        group.append(block)
        for one in group:
            one.lanes = len(free_at)
    return blocks


def _is_long(item):
    return item.fields.get("IsAllDayEvent") or item.end - item.start >= dt.timedelta(days=1)


def _status(item):
    return item.fields.get("LegacyFreeBusyStatus", "Busy")


def _classes(item, now, short=False):
    new = item.event.by_client and (now - item.event.changed).total_seconds() < NEW_SECONDS
    return " ".join(["event", _status(item), *(["short"] if short else []),
                     *(["new"] if new else [])])


def _grid(mailbox, days, found, now):
    rows = [_blocks(mailbox, date, found) for date in days]
    first = min([FIRST_HOUR] + [block.begin // 60 for row in rows for block in row])
    last = max([LAST_HOUR] + [-(-block.end // 60) for row in rows for block in row])
    head = "".join(f'<div class="head{" today" if date == now.date() else ""}">{date:%a}'
                   f"<b>{date.day}</b></div>" for date in days)
    long = "".join('<div class="allday">' + "".join(
        f'<div class="{_classes(item, now)}">{_words(mailbox, item, False)}</div>'
        for item in found if _is_long(item) and _touches(mailbox, item, date)) + "</div>"
        for date in days)
    hours = "".join(f'<span style="top:{(hour - first) * HOUR}px">{hour:02}:00</span>'
                    for hour in range(first + 1, last))
    columns = "".join(_column(mailbox, date, row, first, now) for date, row in zip(days, rows))
    return f'<div class="week" style="--hour:{HOUR}px"><div class="head"></div>{head}' \
           f'<div class="allday"></div>{long}' \
           f'<div class="hours" style="height:{(last - first) * HOUR}px">{hours}</div>' \
           f"{columns}</div>"


def _touches(mailbox, item, date):
    """Say whether an item covers some of a day."""
    start, end = (local_to_utc(dt.datetime.combine(one, dt.time()), mailbox.zone)
                  for one in (date, date + dt.timedelta(days=1)))
    return item.start < end and item.end > start


def _column(mailbox, date, blocks, first, now):
    parts = []
    if date == now.date() and now.hour >= first:
        parts.append(f'<div class="now" style="top:'
                     f'{(now.hour * 60 + now.minute - first * 60) * HOUR // 60}px"></div>')
    for block in blocks:
        top = (block.begin - first * 60) * HOUR // 60
        height = max(17, (block.end - block.begin) * HOUR // 60)
        width = 100 / block.lanes
        short = block.end - block.begin < 40
        parts.append(
            f'<div class="{_classes(block.item, now, short)}" style="top:{top}px;height:{height}px;'
            f'left:{block.lane * width:.2f}%;width:{width:.2f}%">'
            f"{_words(mailbox, block.item, True, short)}</div>")
    return f'<div class="day">{"".join(parts)}</div>'


def _words(mailbox, item, timed, short=False):
    """Return what stands inside a block: title, time, and its status unless that is busy."""
    title = f"<b>{html.escape(item.fields.get('Subject') or 'No title')}</b>"
    begin = item.start.astimezone(mailbox.zone)
    extra = [f"{begin:%H:%M}"] if timed else []
    if _status(item) != "Busy":
        extra.append(STATUS[_status(item)])
    gap = " " if short or not timed else "<br>"
    return title + (gap + f"<i>{', '.join(extra)}</i>" if extra else "")


def _list(mailbox, found, now):
    """Return every event of the week with all that stands in it."""
    if not found:
        return '<h2>Nothing this week</h2><p class="muted">An appointment that is written into ' \
               "this calendar appears here within seconds.</p>"
    rows = "".join(_row(mailbox, item, now) for item in found)
    return f"<h2>In this week</h2><table>{rows}</table>"


def _sent(mailbox):
    """Return what a real server would have mailed, newest first."""
    if not mailbox.sent:
        return ""
    rows = "".join(
        f"<tr><td>{html.escape(one['kind'])}</td><td><b>{html.escape(one['subject'] or 'No title')}</b>"
        f'<div class="text">{html.escape(", ".join(one["to"]))}</div></td><td></td></tr>'
        for one in reversed(mailbox.sent[-SENT_SHOWN:]))
    return f"<h2>Sent to attendees</h2><table>{rows}</table>"


def _row(mailbox, item, now):
    fields = item.fields
    begin, end = (moment.astimezone(mailbox.zone) for moment in (item.start, item.end))
    if fields.get("IsAllDayEvent"):
        last = end - dt.timedelta(days=1)
        when = f"{begin:%a} {begin.day}" + (f" to {last:%a} {last.day}" if last > begin else "") \
            + ", all day"
    else:
        when = f"{begin:%a} {begin.day}, {begin:%H:%M} to {end:%H:%M}"
        when += f" ({end:%a} {end.day})" if end.date() != begin.date() else ""
    _, text = fields.get("Body", ("Text", ""))
    tags = [*fields.get("Categories", ()), *(
        ["series"] if item.original and not item.exception else []), *(
        ["moved or changed"] if item.exception else []), *(
        ["private"] if fields.get("Sensitivity") == "Private" else [])]
    new = ' <span class="mark">new</span>' if "new" in _classes(item, now).split() else ""
    parts = f"<b>{html.escape(fields.get('Subject') or 'No title')}</b>{new}"
    if fields.get("Location"):
        parts += f"<div>{html.escape(fields['Location'])}</div>"
    if text.strip():
        parts += f'<div class="text">{html.escape(text.strip()[:2000])}</div>'
    parts += "".join(f'<span class="tag">{html.escape(tag)}</span>' for tag in tags)
    return f"<tr><td>{when}</td><td>{parts}</td><td>{STATUS[_status(item)]}</td></tr>"
