// SPDX-License-Identifier: ISC
// node setup.mjs BASE LINK MAIL-HOST USER PASSWORD SENDER on|off [FOLDER]: set an installation up, from the page that says
// that nothing is served to the owner's place, JavaScript on or off. With it, axe looks at each page, narrow and wide, light
// and dark; a FOLDER gets pictures of all. Prints what it saw as JSON.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { axeSource, withBrowser } from "./browser.mjs";

const [base, link, host, user, password, sender, javascript, folder] = process.argv.slice(2);
const axe = await readFile(axeSource, "utf8");
const violations = [];

async function look(page, name) {
  for (const colorScheme of ["light", "dark"])
    for (const width of [360, 1280]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 760 });
      if (folder)
        await page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      if (javascript !== "on")
        continue;
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run());
      for (const one of found.violations)
        violations.push(`${name} ${colorScheme} ${width}: ${one.id}: ${one.nodes[0].html}`);
      if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth))
        violations.push(`${name} ${width}: wider than the screen`);
    }
}

const said = await withBrowser(async (page) => {
  await page.goto(base + "/");
  const waiting = await page.locator("h1").innerText();
  await look(page, "setup-wait");
  await page.goto(base + link);
  await look(page, "setup-account");
  await page.getByLabel("Name of your organisation").fill("Acme Practice");
  await page.getByLabel("Its word in addresses").fill("api");
  await page.getByLabel("Your name").fill("Anna Muster");
  await page.getByLabel("Your e-mail address").fill("anna@practice.example");
  const guessed = await page.getByLabel("Your time zone").inputValue();
  await page.getByLabel("Your time zone").fill("Europe/Zurich");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("alert").waitFor();
  await look(page, "setup-account-wrong");
  await page.getByLabel("Its word in addresses").fill("acme");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL(/\/setup\/mail$/);
  await look(page, "setup-mail");
  for (const words of ["mistyped words", password]) {
    await page.getByLabel("Mail server").fill(host);
    await page.getByLabel("User").fill(user);
    await page.getByLabel("Password").fill(words);
    await page.getByLabel("Sender").fill(sender);
    await page.getByRole("button", { name: "Send a test mail" }).click();
    await page.locator(".rows").waitFor();
    if (words !== password) {
      var problem = await page.getByRole("alert").innerText();
      await look(page, "setup-mail-wrong");
    }
  }
  const sent = await page.getByRole("status").innerText();
  await look(page, "setup-mail-sent");
  await page.getByRole("link", { name: "Continue" }).click();
  await page.waitForURL(/\/setup\/done$/);
  await look(page, "setup-done");
  await page.getByLabel("Where the server stands").fill("Bern, Switzerland");
  await page.getByRole("button", { name: "Done" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/setup"));
  return { waiting, zone: guessed || javascript === "off", problem, sent, place: new URL(page.url()).pathname };
}, { javaScriptEnabled: javascript === "on" });
console.log(JSON.stringify({ ...said, violations }));
