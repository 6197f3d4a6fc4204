// SPDX-License-Identifier: ISC
// node tokens.mjs BASE EMAIL PASSWORD on|off [FOLDER]: make an API token, copy it, find it in the list, revoke it; looked at
// as place.mjs does. Prints what it saw as JSON.
import { withBrowser } from "./browser.mjs";
import { looker, signIn } from "./place.mjs";

const [base, email, password, javascript, folder] = process.argv.slice(2);
const withScript = javascript === "on";
const { look, violations } = looker(folder, withScript);
const permissions = ["clipboard-read", "clipboard-write"];

const said = await withBrowser(async (page) => {
  await signIn(page, base, email, password);
  await page.goto(`${base}/settings/tokens`);
  await look(page, "tokens-none");
  await page.getByRole("link", { name: "Make a token" }).click();
  await look(page, "token-new");
  await page.getByLabel("What it is for").fill("Reporting");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("alert").waitFor();
  await look(page, "token-new-wrong");
  await page.getByLabel("pages:read").check();
  await page.getByLabel("bookings:read").check();
  await page.getByLabel("It ends").selectOption("365");
  await page.getByRole("button", { name: "Make it" }).click();
  const token = await page.locator("#token").innerText();
  let copied = null;
  if (withScript) {
    await page.getByRole("button", { name: "Copy it" }).click();
    await page.getByText("Copied.").waitFor();
    copied = await page.evaluate(() => navigator.clipboard.readText());
  }
  await look(page, "token-made");
  await page.getByRole("link", { name: "I have kept it" }).click();
  const listed = await page.locator("main").innerText();
  await look(page, "tokens");
  await page.getByRole("link", { name: "Revoke Reporting" }).click();
  await look(page, "token-revoke");
  await page.getByRole("button", { name: "Revoke" }).click();
  const revoked = await page.getByRole("status").first().innerText();
  return { token, copied, listed, revoked };
}, { bypassCSP: withScript, javaScriptEnabled: withScript, permissions });
console.log(JSON.stringify({ ...said, violations }));
