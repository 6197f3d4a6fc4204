// SPDX-License-Identifier: ISC
// What scripts of the signed-in place share: sign in, and look at a page narrow and wide, light and dark, with axe and a
// picture each.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { axeSource } from "./browser.mjs";

const axe = await readFile(axeSource, "utf8");

export function looker(folder, withScript) {
  const violations = [];
  async function look(page, name) {
    for (const colorScheme of ["light", "dark"])
      for (const width of [360, 1280]) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.setViewportSize({ width, height: 760 });
        if (folder)
          await page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
        if (!withScript) continue;
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

export async function signIn(page, base, email, password) {
  await page.goto(`${base}/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/me$/);
}
