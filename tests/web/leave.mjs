// SPDX-License-Identifier: ISC
// node leave.mjs BASE EMAIL OWNER PASSWORD on|off [FOLDER]: take one's data along, leave with a colleague taking over, and as
// the owner look at what erasing the account means; looked at as place.mjs does. Prints what it saw as JSON.
import { readFile } from "node:fs/promises";
import { withBrowser } from "./browser.mjs";
import { looker, signIn } from "./place.mjs";

const [base, email, owner, password, javascript, folder] = process.argv.slice(2);
const withScript = javascript === "on";
const { look, violations } = looker(folder, withScript);
const permissions = ["clipboard-read", "clipboard-write"];

const said = await withBrowser(async (page) => {
  await signIn(page, base, email, password);
  await page.goto(`${base}/settings/data`);
  await look(page, "data");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download" }).click()]);
  const saved = JSON.parse(await readFile(await file.path(), "utf8"));
  await page.getByRole("link", { name: "See what that means" }).click();
  await look(page, "leave");
  await page.getByLabel("E-mail of the colleague").fill("nobody@practice.example");
  await page.getByLabel("To be sure").fill(email);
  await page.getByRole("button", { name: "Leave" }).click();
  await page.getByRole("alert").waitFor();
  await look(page, "leave-wrong");
  await page.getByLabel("E-mail of the colleague").fill(owner);
  await page.getByRole("button", { name: "Leave" }).click();
  const certificate = await page.locator("#certificate").textContent();
  let copied = null;
  if (withScript) {
    await page.getByRole("button", { name: "Copy it" }).click();
    await page.getByText("Copied.").waitFor();
    copied = await page.evaluate(() => navigator.clipboard.readText());
  }
  await look(page, "erased");
  await signIn(page, base, owner, password);
  await page.goto(`${base}/settings/data/leave`);
  await look(page, "leave-last-owner");
  await page.goto(`${base}/settings/account`);
  await look(page, "account");
  await page.goto(`${base}/settings/account/remove`);
  await look(page, "account-remove");
  return { export: saved, certificate, copied };
}, { bypassCSP: withScript, javaScriptEnabled: withScript, permissions });
console.log(JSON.stringify({ ...said, violations }));
