// SPDX-License-Identifier: ISC
//
// Cal.com's engine on our workload: node calcom.mjs FOLDER TIMES < WORKLOAD. FOLDER holds the unpacked npm
// package @calcom/platform-libraries. Prints the median in microseconds, a line feed, and the slots as we write them.
//
// Its steps are those of its own slots service: buildDateRanges, subtract, intersect, getSlots. getSlots is
// not exported, so that its text is cut out of the package into a module of its own.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, times] = process.argv.slice(2);
const work = JSON.parse(fs.readFileSync(0, "utf8"));
const minute = 60000;

// The engine asks the clock by itself: a notice from then that ends when the workload's does.
const notice = () =>
  Math.ceil((Date.parse(work.now) - Date.now()) / minute) + work.notice;

const dist = path.resolve(folder, "package", "dist");
const load = (name) => import(pathToFileURL(path.join(dist, name)));
const files = fs.readdirSync(dist);
const { b: buildDateRanges, i: intersect, s: subtract } =
  await load(files.find((name) => /^date-ranges-.*\.js$/.test(name)));

const service = fs.readFileSync(path.join(dist, "slots.js"), "utf8");
const from = service.indexOf("const minimumOfOne");
const until = service.indexOf("const getSlots$1");
if (from < 0 || until < from) throw new Error("getSlots is not where it was");
const cut = path.join(dist, "cut-out.js");
fs.writeFileSync(cut, `import dayjs from "dayjs";
const getTimeZone = (date) => date["$x"]["$timezone"];
${service.slice(from, until)}
export { dayjs, getSlots };
`);
const { dayjs, getSlots } = await import(pathToFileURL(cut));

const clock = (minutes) => new Date((minutes === 1440 ? 1439 : minutes) * minute);
const weekly = new Map(); // one item for all weekdays with the same hours, as its schedules have it
for (const [weekday, start, end] of work.hours) {
  const days = weekly.get(`${start} ${end}`)?.days ?? [];
  days.push((weekday + 1) % 7);
  weekly.set(`${start} ${end}`, { days, startTime: clock(start), endTime: clock(end) });
}
const availability = [
  ...weekly.values(),
  ...work.dates.map(([date, start, end]) =>
    ({ date: new Date(`${date}T00:00:00Z`), startTime: clock(start), endTime: clock(end) })),
];

function busyTimes() {
  const busy = work.busy.map(([start, end]) => ({
    start: dayjs.utc(start).subtract(work.after, "minute"),
    end: dayjs.utc(end).add(work.before, "minute"),
  }));
  const perDay = {};
  for (const start of work.booked) {
    const day = dayjs.utc(start).tz(work.zone).startOf("day");
    const key = day.format("YYYY-MM-DD");
    perDay[key] = (perDay[key] ?? 0) + 1;
    if (perDay[key] === work.per_day) busy.push({ start: day, end: day.endOf("day") });
  }
  return busy;
}

function slots() {
  const dateFrom = dayjs.utc(work.from), dateTo = dayjs.utc(work.to);
  const { dateRanges } = buildDateRanges({
    availability, timeZone: work.zone, dateFrom, dateTo, travelSchedules: [],
  });
  const free = intersect([subtract(dateRanges, busyTimes())]);
  return getSlots({
    inviteeDate: dateFrom.tz(work.zone), frequency: work.increment, eventLength: work.duration,
    minimumBookingNotice: notice(), dateRanges: free,
  });
}

const answer = () => JSON.stringify(slots().map((slot) => ({ time: slot.time.toISOString() })));

const taken = [];
for (let i = -3; i < Number(times); i++) {
  const before = performance.now();
  answer();
  if (i >= 0) taken.push(performance.now() - before);
}
taken.sort((one, other) => one - other);
console.log((taken[taken.length >> 1] * 1000).toFixed(1));
const text = (t) => `${t.toISOString().slice(0, 19)}Z`;
console.log(JSON.stringify({
  slots: slots().map(({ time }) => ({ start: text(time), end: text(time.add(work.duration, "minute")) })),
}));
