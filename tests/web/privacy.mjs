// SPDX-License-Identifier: ISC
// node privacy.mjs BASE EMAIL PASSWORD on|off [FOLDER]: who read my calendar, what is kept about me, health; reached by
// links alone, looked at as place.mjs does. Prints what it saw as JSON.
import { withBrowser } from "./browser.mjs";
import { looker, signIn } from "./place.mjs";

const [base, email, password, javascript, folder] = process.argv.slice(2);
const withScript = javascript === "on";
const { look, violations } = looker(folder, withScript);
const tab = (page, name) => page.getByRole("navigation", { name: "Parts of the settings" }).getByRole("link", { name });

const said = await withBrowser(async (page) => {
  await signIn(page, base, email, password);
  await page.goto(`${base}/settings`);
  await look(page, "settings-tabs");
  await tab(page, "Who read my calendar").click();
  const readings = await page.locator(".items").innerText();
  await look(page, "readings");
  await page.getByRole("link", { name: "All that is kept" }).click();
  const chosen = await page.locator(".tabs [aria-current]").allInnerTexts();
  await tab(page, "What is kept about me").click();
  const kept = await page.locator("table").innerText();
  await look(page, "holdings");
  await tab(page, "Health").click();
  const health = await page.locator("main").innerText();
  await look(page, "health");
  return { readings, chosen, kept, health };
}, { bypassCSP: withScript, javaScriptEnabled: withScript });
console.log(JSON.stringify({ ...said, violations }));
