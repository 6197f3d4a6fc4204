// SPDX-License-Identifier: ISC
// node ways.mjs BASE EMAIL PASSWORD SERVER USER APP-PASSWORD FEED on|off LANGUAGE FOLDER: a new host looks at the ways to connect a
// calendar, mistypes a feed's address and an app password, and connects a CalDAV server. Prints what it saw as JSON.
import { withBrowser } from "./browser.mjs";
import { looker } from "./place.mjs";

const [base, email, password, server, user, secret, feed, javascript, locale, folder] = process.argv.slice(2);
const { look, violations } = looker(folder, javascript === "on");
const name = (what) => `ways-${what}-${locale}-${javascript}`;

async function send(page, fields) {
  for (const [field, words] of Object.entries(fields))
    await page.locator(`main input[name=${field}]`).fill(words);
  await page.locator("main form[data-doctor] button").click();
  await page.locator(".steps.live").waitFor();
  await page.waitForLoadState();
}

const said = await withBrowser(async (page, complaints) => {
  await page.goto(`${base}/sign-in`);
  await page.locator("input[name=email]").fill(email);
  await page.locator("input[name=password]").fill(password);
  await page.locator("main button[type=submit]").first().click();
  await page.waitForURL(/\/me$/);
  await page.goto(`${base}/connections/new`);
  await look(page, name("all"));
  const refused = [];
  for (const [way, fields] of [["icloud", null], ["feed", { password: `${feed}x` }],
                               ["caldav", { server, user, password: "mistyped" }]]) {
    await page.goto(`${base}/connections/new/${way}`);
    await look(page, name(way));
    await page.locator("main form[data-doctor] button").click();
    if (!fields) continue;
    await send(page, fields);
    refused.push(await page.locator(".steps > li.is-bad strong").allInnerTexts());
    await look(page, name(`${way}-refused`));
  }
  const echoed = (await page.content()).includes("mistyped");
  await send(page, { server, user, password: secret });
  const layers = await page.locator(".steps > li strong").allInnerTexts();
  await look(page, name("connected"));
  return { refused, echoed, layers, complaints };
}, { bypassCSP: javascript === "on", javaScriptEnabled: javascript === "on", locale });
console.log(JSON.stringify({ ...said, violations }));
