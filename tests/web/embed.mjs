// SPDX-License-Identifier: ISC
// node embed.mjs SITE HOURGATE DATE: book through a frame and a pop-up on another site, which are given no cookies and no
// storage. Prints what it saw as JSON.
import { withBrowser } from "./browser.mjs";

const [site, hourgate, date] = process.argv.slice(2);

async function book(page, frame, name) {
  await frame.locator(`a[href*="day=${date}"]`).first().click();
  await frame.locator("a.slot").first().click();
  await frame.getByLabel("Your name").fill(name);
  await frame.getByLabel("E-mail").fill("carla@customer.example");
  await frame.getByRole("button", { name: "Book this time" }).click();
  await frame.locator("h1", { hasText: "confirmed" }).waitFor();
  return frame.locator("h1").innerText();
}

const said = await withBrowser(async (page, complaints, context) => {
  await page.goto(`${site}/page.html`);
  const frame = page.frameLocator("iframe").first();
  await frame.locator("a.day").first().waitFor();
  await page.waitForFunction(() => document.querySelector("iframe").style.height !== "760px");
  const height = await page.locator("iframe").evaluate((each) => each.style.height);
  const inside = await frame.locator("body").evaluate((body) => `${body.offsetHeight}px`);
  await page.evaluate(() => postMessage({ hourgate: { height: 5000 } }, "*")); // from whom it is not
  const inline = await book(page, frame, "Carla Inline");
  const afterwards = await page.locator("iframe").first().evaluate((each) => each.style.height);

  await page.getByRole("link", { name: "Open it" }).click();
  const popup = page.frameLocator("dialog iframe");
  const opened = await book(page, popup, "Carla Popup");
  await page.getByRole("button", { name: "Close" }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
  const focused = await page.evaluate(() => document.activeElement.textContent);
  const cookies = (await context.cookies()).length;
  return { height, inside, inline, afterwards, opened, focused, cookies, complaints };
});

// A site that is not listed shows nothing of it.
const refused = await withBrowser(async (page, complaints) => {
  await page.goto(`${site.replace("127.0.0.1", "localhost")}/page.html`);
  await page.waitForTimeout(500);
  const shown = await page.frameLocator("iframe").first().locator("a.day").count();
  return { shown, complaints };
});
console.log(JSON.stringify({ ...said, refused: refused.shown, told: refused.complaints.join(" ") }));
