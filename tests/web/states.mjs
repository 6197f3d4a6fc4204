// SPDX-License-Identifier: ISC
// node states.mjs FOLDER NAME=URL ...: each page in German and Arabic, narrow and wide, light and dark, with and without
// JavaScript: what axe-core finds, what is wider than the screen, what another direction or language has left behind.
// NAME!=URL sends the form of that page empty. A FOLDER of pictures is written for people to look at.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { axeSource, withBrowser } from "./browser.mjs";

const [folder, ...states] = process.argv.slice(2);
const axe = await readFile(axeSource, "utf8");
const violations = [];

async function open(page, url, language, isSent) {
  const address = new URL(url);
  address.searchParams.set("lang", language);
  address.searchParams.set("tz", "America/New_York");
  await page.goto(address.href);
  if (!isSent) return;
  await page.locator("form[data-once]").evaluate((form) => { form.noValidate = true; form.requestSubmit(); });
  await page.locator("[aria-invalid]").first().waitFor();
}

async function look(page, where) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run());
  for (const one of found.violations) violations.push(`${where}: ${one.id}: ${one.nodes[0].html}`);
}

async function measure(page, language, where) {
  const seen = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth > window.innerWidth,
    direction: getComputedStyle(document.body).direction, language: document.documentElement.lang,
    small: [...document.querySelectorAll("button, .button, a.slot, a.day, a.arrow, input:not([type=hidden]), select")]
      .filter((each) => each.checkVisibility() && !each.closest("label"))
      .map((each) => [each.getBoundingClientRect(), each.outerHTML])
      .filter(([box]) => box.width < 44 || box.height < 44).map(([, html]) => html.slice(0, 80)) }));
  if (seen.wide) violations.push(`${where}: wider than the screen`);
  if (seen.language !== language) violations.push(`${where}: in ${seen.language}`);
  if (seen.direction !== (language === "ar" ? "rtl" : "ltr")) violations.push(`${where}: ${seen.direction}`);
  for (const html of seen.small) violations.push(`${where}: smaller than a finger: ${html}`);
}

for (const colorScheme of ["light", "dark"])
  for (const width of [360, 1280])
    for (const javascript of ["on", "off"])
      await withBrowser(async (page) => {
        for (const state of states)
          for (const language of ["de", "ar"]) {
            const at = state.indexOf("=");
            const isSent = state[at - 1] === "!";
            if (isSent && javascript === "off") continue;
            const name = state.slice(0, isSent ? at - 1 : at);
            await open(page, state.slice(at + 1), language, isSent);
            const where = `${name} ${language} ${colorScheme} ${width}`;
            await measure(page, language, where);
            if (javascript === "on") await look(page, where);
            await page.screenshot({ path: path.join(folder,
              `${name}-${language}-${width}-${colorScheme}${javascript === "on" ? "" : "-plain"}.png`), fullPage: true });
          }
      }, { colorScheme, bypassCSP: true, javaScriptEnabled: javascript === "on", viewport: { width, height: 760 } });
console.log(JSON.stringify({ violations }));
