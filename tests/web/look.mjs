// SPDX-License-Identifier: ISC
// A looker for pages behind sign-in: axe and a picture of each, narrow and wide, light and dark.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { axeSource } from "./browser.mjs";

export async function looker(javascript, folder) {
  const axe = await readFile(axeSource, "utf8");
  const violations = [];
  async function look(page, name) {
    for (const colorScheme of ["light", "dark"])
      for (const width of [360, 1280]) {
        await page.emulateMedia({ colorScheme });
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
  return { look, violations };
}
