// SPDX-License-Identifier: ISC
// node first-view.mjs PAGE: what the first view costs, whether it moves, and the way through the script: a guessed
// zone, a day, a time, back and forth, booked. Prints what it saw as JSON.
import { withBrowser } from "./browser.mjs";

const [url] = process.argv.slice(2);
const origin = new URL(url).origin;

const view = await withBrowser(async (page, complaints) => {
  const seen = [];
  page.on("response", (response) => seen.push(response));
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(url, { waitUntil: "networkidle" });
  const bytes = await Promise.all(seen.map(async (response) => (await response.body()).length));
  return { requests: seen.length, bytes: bytes.reduce((sum, each) => sum + each, 0),
           foreign: seen.map((each) => each.url()).filter((each) => !each.startsWith(origin)),
           shift: await page.evaluate(() => window.shift), complaints };
});

const way = await withBrowser(async (page) => {
  await page.goto(url);
  await page.waitForURL(/tz=/);
  const zoned = await page.locator("select[name=tz]").inputValue();
  await page.locator("a.day").nth(1).click();
  await page.locator("a.slot").nth(1).click();
  await page.locator("#name").fill("Max");
  await page.goBack();
  await page.locator("a.slot").nth(2).click();
  const typed = await page.locator("#name").inputValue();
  await page.locator("#email").fill("max@example.org");
  await page.locator("button.primary").click();
  await page.waitForURL(/\/b\//);
  return { zoned, typed, booked: new URL(page.url()).pathname };
}, { timezoneId: "Asia/Tokyo" });
console.log(JSON.stringify({ ...view, ...way }));
