// SPDX-License-Identifier: ISC
// node second-factor.mjs BASE EMAIL PASSWORD on|off [FOLDER]: turn the second factor on, sign in with it, turn it off,
// JavaScript on or off. With it, axe looks at each page, narrow and wide, light and dark; a FOLDER gets pictures of
// all. Prints what it saw as JSON.
import { createHmac } from "node:crypto";
import { withBrowser } from "./browser.mjs";
import { looker } from "./look.mjs";

const [base, email, password, javascript, folder] = process.argv.slice(2);
const { look, violations } = await looker(javascript, folder);

function codeOf(secret, ahead) {
  let bits = "";
  for (const letter of secret) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + ahead));
  const mac = createHmac("sha1", key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6).padStart(6, "0");
}

async function signIn(page) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const said = await withBrowser(async (page) => {
  await page.goto(base + "/sign-in");
  await signIn(page);
  await page.waitForURL(/\/me$/);
  await page.goto(base + "/settings/second-factor");
  await look(page, "factor-off");
  await page.getByRole("button", { name: "Set it up" }).click();
  const secret = (await page.locator(".secret").innerText()).replaceAll(" ", "");
  await look(page, "factor-pending");
  await page.getByLabel("The six figures").fill("000000");
  await page.getByRole("button", { name: "Turn it on" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("The six figures").fill(codeOf(secret, 0));
  await page.getByRole("button", { name: "Turn it on" }).click();
  await page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
  await look(page, "factor-codes");
  const codes = await page.locator(".codes code").allInnerTexts();
  await page.getByRole("link", { name: "I have kept them" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in$/);
  await signIn(page);
  await page.waitForURL(/\/sign-in\/code$/);
  await look(page, "code");
  await page.getByLabel("Code").fill("000000");
  await page.getByRole("button", { name: "Go on" }).click();
  const refused = await page.getByRole("alert").innerText();
  await look(page, "code-wrong");
  await page.getByLabel("Code").fill(codeOf(secret, 1));
  await page.getByRole("button", { name: "Go on" }).click();
  await page.waitForURL(/\/me$/);
  const name = await page.locator(".who-name").innerText();
  await page.goto(base + "/again?next=/settings/second-factor");
  await look(page, "again");
  await page.getByLabel(/^Password of/).fill(password);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.waitForURL(/second-factor$/);
  await look(page, "factor-on");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel("A code of the app").fill(codes[0]);
  await page.getByRole("button", { name: "Turn it off" }).click();
  await page.waitForURL(/done=factor-off/);
  return { codes: codes.length, refused, name };
}, { bypassCSP: javascript === "on", javaScriptEnabled: javascript === "on" });
console.log(JSON.stringify({ ...said, violations }));
