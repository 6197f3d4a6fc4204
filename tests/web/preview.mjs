// SPDX-License-Identifier: ISC
// node preview.mjs BASE EMAIL PASSWORD PAGE on|off FOLDER: what a host types into a page's editor is seen as customers would,
// beside the editor by the script, on a page of its own without. Prints what was seen as JSON.
import path from "node:path";
import { withBrowser } from "./browser.mjs";
import { signIn } from "./place.mjs";

const [base, email, password, name, javascript, folder] = process.argv.slice(2);
const scripted = javascript === "on";

const said = await withBrowser(async (page, complaints) => {
  await page.setViewportSize({ width: 1400, height: 900 });
  await signIn(page, base, email, password);
  await page.goto(`${base}/pages/${name}?part=what`);
  await page.getByLabel("Title").fill("Quite another title");
  const opened = scripted ? null : page.context().waitForEvent("page");
  await page.getByRole("button", { name: "Preview" }).click();
  const shown = scripted ? page.frameLocator("iframe[name=preview]") : await opened;
  await shown.locator("h1").waitFor();
  const titles = [await shown.locator("h1").innerText()];
  const times = await shown.locator("a.slot").count();
  let chosen = null;
  if (scripted) {
    await page.getByLabel("Title").fill("A third one");
    await page.getByLabel("Description").fill("Typed just now");
    await page.getByLabel("Description").blur();
    await shown.getByText("Typed just now").waitFor();
    titles.push(await shown.locator("h1").innerText());
    await shown.locator("a.slot").nth(1).click();
    chosen = await shown.locator(".step button.primary").isDisabled();
    await page.screenshot({ path: path.join(folder, "preview.png"), fullPage: true });
    await page.setViewportSize({ width: 360, height: 760 });
    await page.screenshot({ path: path.join(folder, "preview-360.png"), fullPage: true });
  } else {
    await shown.screenshot({ path: path.join(folder, "preview-alone.png"), fullPage: true });
  }
  const saves = await page.getByRole("button", { name: "Save" }).isEnabled();
  return { titles, times, chosen, saves, complaints };
}, { javaScriptEnabled: scripted });
console.log(JSON.stringify(said));
