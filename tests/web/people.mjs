// SPDX-License-Identifier: ISC
// node people.mjs BASE EMAIL PASSWORD COLLEAGUE on|off [FOLDER]: an owner adds somebody, invites them, changes their role,
// looks at what handing a colleague's pages over would mean, does it, and disables them. JavaScript on or off; with it,
// axe looks at each page. Prints what it saw as JSON.
import { withBrowser } from "./browser.mjs";
import { looker } from "./look.mjs";

const [base, email, password, colleague, javascript, folder] = process.argv.slice(2);
const { look, violations } = await looker(javascript, folder);

const said = await withBrowser(async (page) => {
  await page.goto(base + "/sign-in?next=/settings/users");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/settings\/users$/);
  await look(page, "people");
  await page.getByLabel("E-mail").fill("eve@practice.example");
  await page.getByLabel("Name").fill("Eve");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.waitForURL(/\/settings\/user\?email=eve/);
  await look(page, "person");
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = await page.locator("code").innerText();
  await look(page, "person-invited");
  await page.getByLabel("Role").selectOption("administrator");
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(/done=saved/);
  const role = await page.locator(".page-head p").innerText();
  await page.goto(base + "/settings/users");
  await page.getByRole("link", { name: "Anna" }).click();
  await page.getByLabel("E-mail of the colleague").fill(colleague);
  await page.getByRole("button", { name: "See what that means" }).click();
  const losses = await page.locator(".losses").innerText();
  await look(page, "person-handover");
  await page.getByRole("button", { name: "Hand over" }).click();
  await page.waitForURL(/done=saved/);
  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByRole("button", { name: "Let them in again" }).waitFor();
  await look(page, "person-disabled");
  return { link, role, losses };
}, { bypassCSP: javascript === "on", javaScriptEnabled: javascript === "on" });
console.log(JSON.stringify({ ...said, violations }));
