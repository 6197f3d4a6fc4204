// SPDX-License-Identifier: ISC
// node screenshots.mjs FOLDER NAME=URL ...: pictures of running pages, in light and dark.
import path from "node:path";
import { withBrowser } from "./browser.mjs";

const [folder, ...pages] = process.argv.slice(2);
for (const colorScheme of ["light", "dark"])
  await withBrowser(async (page) => {
    for (const named of pages) {
      const [name, url] = [named.slice(0, named.indexOf("=")), named.slice(named.indexOf("=") + 1)];
      await page.goto(url);
      await page.screenshot({ path: path.join(folder, `${name}-${colorScheme}.png`) });
    }
  }, { colorScheme });
console.log(JSON.stringify({ done: pages.length }));
