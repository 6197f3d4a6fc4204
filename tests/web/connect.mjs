// SPDX-License-Identifier: ISC
// node connect.mjs BASE EMAIL PASSWORD SERVER USER MAILBOX-PASSWORD on|off [FOLDER]: a new host connects a calendar, mistypes
// first, looks at what was found, chooses calendars, has it looked at again and disconnects. Prints what it saw as JSON.
import { withBrowser } from "./browser.mjs";
import { looker, signIn } from "./place.mjs";

const [base, email, password, server, user, secret, javascript, folder] = process.argv.slice(2);
const { look, violations } = looker(folder, javascript === "on");

async function fill(page, words) {
  const details = page.locator("details.more-fields");
  if (!await details.evaluate((one) => one.open)) await details.locator("summary").click();
  await page.getByLabel("Password of the mailbox").fill(words);
  await page.getByLabel("Server address").fill(server);
  await page.getByLabel("User name").fill(user);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
}

const said = await withBrowser(async (page) => {
  await signIn(page, base, email, password);
  await look(page, "new-host");
  await page.getByRole("link", { name: "Connections" }).first().click();
  await look(page, "connections-empty");
  await page.getByRole("link", { name: "Connect a calendar" }).click();
  await look(page, "connect");
  await page.getByLabel("Password of the mailbox").fill(secret);
  await page.locator("summary", { hasText: "Server" }).click();
  await page.getByLabel("Server address").fill("http://nowhere");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.locator("#problems").waitFor();
  const summary = await page.locator("#problems a").allInnerTexts();
  await look(page, "connect-mistyped");
  await fill(page, "mistyped");
  await page.getByText("does not work").first().waitFor();
  const refused = await page.locator(".steps > li.is-bad strong").allInnerTexts();
  const echoed = (await page.content()).includes("mistyped");
  await look(page, "connect-refused");
  await fill(page, secret);
  await page.getByRole("link", { name: "Choose which calendars count" }).waitFor();
  const layers = await page.locator(".steps > li strong").allInnerTexts();
  await look(page, "connected");
  await page.getByRole("link", { name: "Choose which calendars count" }).click();
  await page.getByRole("button", { name: "Save" }).waitFor();
  await look(page, "calendars");
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(/done=saved/);
  await page.locator(".crumb a").click();
  await look(page, "connection");
  await page.getByRole("button", { name: "Look at it now" }).click();
  await page.getByText("What was found just now").waitFor();
  await look(page, "connection-checked");
  await page.goto(`${base}/connections`);
  await look(page, "connections");
  await page.getByRole("link", { name: email }).click();
  await page.getByRole("link", { name: "Disconnect this calendar" }).click();
  await page.getByRole("heading", { name: "Disconnect this calendar" }).waitFor();
  const losses = await page.locator(".losses dt").allInnerTexts();
  await look(page, "disconnect");
  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.waitForURL(/done=removed/);
  return { summary, refused, echoed, layers, losses, removed: await page.getByRole("status").innerText() };
}, { bypassCSP: javascript === "on", javaScriptEnabled: javascript === "on" });
console.log(JSON.stringify({ ...said, violations }));
