// SPDX-License-Identifier: ISC
// node keyboard.mjs PAGE on|off: book, move and cancel with the keyboard alone. Prints the headings that were reached, and
// where the focus could not be seen.
import { withBrowser } from "./browser.mjs";

const [url, javascript] = process.argv.slice(2);
const hidden = [];

async function tabTo(page, selector, n = 0) {
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(([wanted, nth]) => {
      const style = getComputedStyle(document.activeElement);
      const is = document.activeElement === [...document.querySelectorAll(wanted)].filter((each) => each.checkVisibility())[nth];
      return { is, outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
               html: document.activeElement.outerHTML.slice(0, 80) };
    }, [selector, n]);
    if (!seen.outline) hidden.push(seen.html);
    if (seen.is) return;
  }
  throw new Error(`no way to ${selector} by Tab`);
}

async function enter(page, selector, n) {
  await tabTo(page, selector, n);
  await page.keyboard.press("Enter");
}

const reached = [];
await withBrowser(async (page) => {
  const note = async () => reached.push(await page.locator("h1").innerText());
  await page.goto(url);
  await enter(page, "a.day", 2);
  await page.waitForURL(/day=/);
  await enter(page, "a.slot", 0);
  await page.waitForURL(/start=/);
  await page.locator("#name").waitFor();
  if (javascript !== "on") await tabTo(page, "#name");
  await page.keyboard.type("Kai Tastatur");
  await tabTo(page, "#email");
  await page.keyboard.type("kai@example.org");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/b\//);
  await note();
  await enter(page, ".row a.button", 0);
  await page.waitForURL(/move=1/);
  await enter(page, "a.day", 3);
  await page.waitForURL(/day=/);
  await enter(page, "a.slot", 1);
  await page.locator(".step button.primary").first().waitFor();
  const focused = await page.evaluate(() => document.activeElement.matches(".step button.primary"));
  if (!focused) await tabTo(page, ".step button.primary");
  await page.keyboard.press("Enter");
  await page.waitForURL((now) => !now.search.includes("move"));
  await note();
  await enter(page, ".row a.button", 1);
  await page.waitForURL(/cancel=1/);
  await enter(page, "button.danger", 0);
  await page.waitForURL((now) => !now.search.includes("cancel"));
  await note();
}, { javaScriptEnabled: javascript === "on" });
console.log(JSON.stringify({ reached, hidden }));
