// SPDX-License-Identifier: ISC
// node screenshots.mjs FOLDER BASE EMAIL PASSWORD NAME=URL ...: pictures of running pages, in light and dark, as somebody
// who is signed in at BASE.
import path from "node:path";
import { withBrowser } from "./browser.mjs";
import { signIn } from "./place.mjs";

const [folder, base, email, password, ...pages] = process.argv.slice(2);
for (const colorScheme of ["light", "dark"])
  await withBrowser(async (page) => {
    await signIn(page, base, email, password);
    for (const named of pages) {
      const [name, url] = [named.slice(0, named.indexOf("=")), named.slice(named.indexOf("=") + 1)];
      await page.goto(url);
      await page.screenshot({ path: path.join(folder, `${name}-${colorScheme}.png`) });
    }
  }, { colorScheme });
console.log(JSON.stringify({ done: pages.length }));
