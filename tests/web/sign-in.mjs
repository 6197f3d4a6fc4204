// SPDX-License-Identifier: ISC
// node sign-in.mjs BASE LINK EMAIL PASSWORD on|off [FOLDER]: use an invitation, sign out, mistype, sign in, change the
// password, JavaScript on or off. With it, axe looks at each page, narrow and wide, light and dark; a FOLDER gets pictures
// of all. Prints what it saw as JSON.
import { withBrowser } from "./browser.mjs";
import { looker } from "./look.mjs";

const [base, link, email, password, javascript, folder] = process.argv.slice(2);
const next = `${password} again`;
const { look, violations } = await looker(javascript, folder);

async function signIn(page, words) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(words);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const said = await withBrowser(async (page) => {
  await page.goto(base + link);
  await look(page, "invite");
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.waitForURL(/\/me$/);
  const invited = await page.locator(".brand").innerText();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in$/);
  await look(page, "sign-in");
  await signIn(page, "mistyped password");
  const refused = await page.getByRole("alert").innerText();
  const kept = await page.getByLabel("E-mail").inputValue();
  await look(page, "sign-in-wrong");
  await signIn(page, password);
  await page.waitForURL(/\/me$/);
  await look(page, "me");
  await page.getByRole("link", { name: "Settings" }).first().click();
  await look(page, "settings");
  await page.getByLabel("Present password").fill("mistyped password");
  await page.getByLabel("New password").fill(next);
  await page.getByRole("button", { name: "Change it" }).click();
  await page.getByRole("alert").waitFor();
  await look(page, "settings-wrong");
  await page.getByLabel("Present password").fill(password);
  await page.getByLabel("New password").fill(next);
  await page.getByRole("button", { name: "Change it" }).click();
  await page.waitForURL(/done=password/);
  const changed = await page.getByRole("status").innerText();
  await look(page, "settings-changed");
  return { invited, refused, kept, changed };
}, { bypassCSP: javascript === "on", javaScriptEnabled: javascript === "on" });
console.log(JSON.stringify({ ...said, violations }));
