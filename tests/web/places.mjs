// SPDX-License-Identifier: ISC
// node places.mjs BASE EMAIL PASSWORD on|off LANGUAGE FOLDER NAME=PATH...: sign in and look at pages of a person's place,
// JavaScript on or off: narrow and wide, light and dark, with pictures into FOLDER ("-": none) and, with JavaScript, axe.
// Prints the headings that it saw and what is wrong, as JSON.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { axeSource, withBrowser } from "./browser.mjs";

const [base, email, password, javascript, locale, folder, ...pages] = process.argv.slice(2);
const axe = await readFile(axeSource, "utf8");
const violations = [];

async function look(page, name) {
  for (const colorScheme of ["light", "dark"])
    for (const width of [360, 1280]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 800 });
      if (folder !== "-")
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

const said = await withBrowser(async (page, complaints) => {
  const headings = {};
  await page.goto(`${base}/sign-in`);
  await page.locator("input[name=email]").fill(email);
  await page.locator("input[name=password]").fill(password);
  await page.locator("main button[type=submit]").first().click();
  await page.waitForURL(/\/me$/);
  for (const one of pages) {
    const [name, ...rest] = one.split("=");
    await page.goto(base + rest.join("="));
    headings[name] = await page.locator("h1").first().innerText();
    await look(page, name);
  }
  return { headings, complaints };
}, { bypassCSP: javascript === "on", javaScriptEnabled: javascript === "on", locale });
console.log(JSON.stringify({ ...said, violations }));
