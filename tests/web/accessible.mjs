// SPDX-License-Identifier: ISC
// node accessible.mjs [FOLDER] URL ...: what axe-core finds wrong on each page, in light and in dark, wide and narrow. A FOLDER
// of pictures is written for people to look at.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { axeSource, withBrowser } from "./browser.mjs";

const urls = process.argv.slice(2);
const folder = urls[0].startsWith("http") ? null : urls.shift();
const axe = await readFile(axeSource, "utf8");
const violations = [];
for (const colorScheme of ["light", "dark"])
  for (const width of [360, 1000])
    // The page's own policy forbids foreign scripts, so axe runs with it lifted; the pages stay as they are.
    await withBrowser(async (page) => {
      for (const url of urls) {
        await page.goto(url);
        await page.evaluate(axe);
        const found = await page.evaluate(() => window.axe.run());
        for (const one of found.violations)
          violations.push(`${url} ${colorScheme} ${width}: ${one.id}: ${one.nodes[0].html}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
        if (wide)
          violations.push(`${url} ${width}: wider than the screen`);
        const name = new URL(url).pathname.slice(1).replaceAll("/", "-");
        if (folder)
          await page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      }
    }, { colorScheme, bypassCSP: true, viewport: { width, height: 760 } });
console.log(JSON.stringify({ violations }));
