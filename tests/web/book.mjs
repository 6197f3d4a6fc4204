// SPDX-License-Identifier: ISC
// node book.mjs PAGE DATE TIME OTHER-TIME PRACTICE-PAGE MAILBOX on|off: book, move and cancel as a person does,
// JavaScript on or off, and look at the mailbox page after each step. Prints what it saw as JSON.
import { withBrowser } from "./browser.mjs";

const [url, date, time, otherTime, practice, mailbox, javascript] = process.argv.slice(2);
const name = "Carla Customer";

async function onMailboxPage(context, at) {
  const page = await context.newPage();
  await page.goto(`${practice}mailbox/${mailbox}?week=${date}`);
  const events = await page.locator(".event", { hasText: name }).allInnerTexts();
  await page.close();
  return at ? events.length === 1 && events[0].includes(at) : events.length === 0;
}

// The day, then the time: links or buttons, whichever the page offers.
async function choose(page, at) {
  if (!(await clickable(page, at).count()))
    await page.locator(`[href*="${date}"], button[value="${date}"]`).first().click();
  await clickable(page, at).first().click();
}

function clickable(page, text) {
  return page.locator("a, button, label").filter({ hasText: new RegExp(`^\\s*${text}\\s*$`) })
    .filter({ visible: true });
}

async function press(page, words) {
  await page.getByRole("button", { name: words }).filter({ visible: true }).first().click();
  await page.waitForLoadState();
}

const said = await withBrowser(async (page, complaints, context) => {
  await page.goto(url);
  await choose(page, time);
  await page.getByLabel(/name/i).first().fill(name);
  await page.getByLabel(/e-?mail/i).first().fill("carla@customer.example");
  await press(page, /book|confirm/i);
  const booked = { title: await page.locator("h1").first().innerText(),
                   onMailboxPage: await onMailboxPage(context, time) };

  const own = page.locator('a[href*="/b/"]').first();
  if (await own.count()) {
    await own.click();
    await page.waitForLoadState();
  }
  const link = page.url();
  const toMove = page.getByRole("link", { name: /move|another time|change/i });
  if (await toMove.count())
    await toMove.first().click();
  await choose(page, otherTime);
  const confirm = page.getByRole("button", { name: /move|confirm/i });
  if (await confirm.count() && !(await onMailboxPage(context, otherTime)))
    await press(page, /move|confirm/i);
  const moved = { onMailboxPage: await onMailboxPage(context, otherTime) };

  await page.goto(link);
  await press(page, /cancel/i);
  if (!(await onMailboxPage(context, null)))
    await press(page, /cancel|yes/i);
  const cancelled = { goneFromMailboxPage: await onMailboxPage(context, null) };
  return { booked, moved, cancelled, complaints };
}, { javaScriptEnabled: javascript !== "off" });
console.log(JSON.stringify(said));
