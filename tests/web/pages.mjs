// SPDX-License-Identifier: ISC
// node pages.mjs BASE EMAIL PASSWORD on|off [FOLDER]: a host makes a booking page, mistypes in each part of its editor, sets it,
// looks at it as customers do, and removes it. Prints what it saw as JSON.
import { withBrowser } from "./browser.mjs";
import { looker, signIn } from "./place.mjs";

const [base, email, password, javascript, folder] = process.argv.slice(2);
const { look, violations } = looker(folder, javascript === "on");

async function part(page, name) {
  await page.locator(".tabs").getByRole("link", { name }).click();
  await page.locator(".tabs a[aria-current]", { hasText: name }).waitFor();
  await look(page, `page-${name.toLowerCase().replace(" ", "-")}`);
}

async function save(page, name) {
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(new RegExp(`part=${name}&done=saved`));
}

const said = await withBrowser(async (page) => {
  await signIn(page, base, email, password);
  await page.getByRole("link", { name: "Pages" }).first().click();
  await look(page, "pages-empty");
  await page.getByRole("link", { name: "Make a booking page" }).click();
  await look(page, "page-new");
  await page.getByLabel("Title").fill("First consultation");
  await page.getByLabel("Monday to Friday").fill("nine to five");
  await page.getByRole("button", { name: "Make the page" }).click();
  await page.locator("#problems").waitFor();
  const problems = await page.locator("#problems a").allInnerTexts();
  await look(page, "page-new-mistyped");
  await page.getByLabel("Monday to Friday").fill("9-12, 13:30-17");
  await page.getByRole("button", { name: "Make the page" }).click();
  await page.waitForURL(/\/pages\/first-consultation\?done=made$/);
  await look(page, "page-made");
  await page.getByLabel("Description").fill("What brings you here?");
  await save(page, "what");
  await part(page, "Hours");
  const friday = await page.getByLabel("Friday").inputValue();
  await page.getByLabel("Saturday").fill("ten");
  await page.getByLabel("Dates with hours").fill("2026-12-24 closed\n2026-12-31 9-12");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("#problems").waitFor();
  const kept = [await page.getByLabel("Saturday").inputValue(), await page.getByLabel("Dates with hours").inputValue()];
  await look(page, "page-hours-mistyped");
  await page.getByLabel("Saturday").fill("10-12");
  await save(page, "hours");
  await part(page, "Rules");
  await page.getByLabel("Free after").fill("15");
  await page.getByLabel("Working elsewhere").check();
  await save(page, "rules");
  await part(page, "Questions");
  await page.getByLabel("Question", { exact: true }).fill("How shall we meet?");
  await page.getByLabel("Kind of answer").selectOption({ label: "One of several" });
  await page.getByLabel("Choices").fill("Here\nBy telephone");
  await save(page, "questions");
  await look(page, "page-questions-asked");
  await part(page, "Calendar event");
  await page.getByLabel("Private").check();
  await save(page, "event");
  await part(page, "Mails");
  await page.getByLabel("Reminders").fill("1 d, 2 h");
  await save(page, "mails");
  const after = [await page.getByLabel("Reminders").inputValue()];
  await page.goto(`${base}/pages`);
  await look(page, "pages");
  await page.goto(`${base}/acme/first-consultation`);
  const asCustomer = await page.locator("h1").first().innerText();
  await page.goto(`${base}/pages/first-consultation/remove`);
  await look(page, "page-remove");
  await page.getByRole("button", { name: "Remove the page" }).click();
  await page.waitForURL(/done=removed/);
  await page.goto(`${base}/settings/mails?of=de`);
  await look(page, "mail-texts");
  return { problems, friday, kept, after, asCustomer };
}, { bypassCSP: javascript === "on", javaScriptEnabled: javascript === "on" });
console.log(JSON.stringify({ ...said, violations }));
