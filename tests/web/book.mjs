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

// The day, then the time.
async function choose(page, at) {
  const slot = page.locator("a, button, label").filter({ hasText: new RegExp(`^\\s*${at}\\s*$`) })
    .filter({ visible: true });
  await page.locator(`a[href*="day=${date}"]`).first().click();
  await slot.first().click();
}

async function press(page, role, words) {
  await page.getByRole(role, { name: words }).filter({ visible: true }).first().click();
}

const said = await withBrowser(async (page, complaints, context) => {
  await page.goto(url);
  await choose(page, time);
  await page.getByLabel(/name/i).fill(name);
  await page.getByLabel(/e-?mail/i).fill("carla@customer.example");
  await press(page, "button", /book/i);
  await page.waitForURL(/\/b\//);
  const booked = { title: await page.locator("h1").first().innerText(),
                   onMailboxPage: await onMailboxPage(context, time) };

  const link = page.url();
  await press(page, "link", /move/i);
  await choose(page, otherTime);
  await press(page, "button", /move/i);
  await page.waitForURL((now) => !now.search.includes("move"));
  const moved = { onMailboxPage: await onMailboxPage(context, otherTime) };

  await page.goto(link);
  await press(page, "link", /cancel/i);
  await press(page, "button", /cancel/i);
  await page.waitForURL((now) => !now.search.includes("cancel"));
  const cancelled = { goneFromMailboxPage: await onMailboxPage(context, null) };
  return { booked, moved, cancelled, complaints };
}, { javaScriptEnabled: javascript !== "off" });
console.log(JSON.stringify(said));
