// SPDX-License-Identifier: ISC
// Debian's Chromium, driven by playwright-core from build/npm; nothing in it calls home.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import path from "node:path";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const { chromium } = createRequire(path.join(root, "build/npm/package.json"))("playwright-core");

export const axeSource = path.join(root, "build/npm/node_modules/axe-core/axe.min.js");

export async function withBrowser(body, options = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  try {
    const context = await browser.newContext({
      locale: "en-GB", reducedMotion: "reduce", timezoneId: "Europe/Zurich", viewport: { width: 1000, height: 760 }, ...options });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (said) => { if (said.type() === "error") complaints.push(said.text()); });
    page.on("pageerror", (error) => complaints.push(String(error)));
    return await body(page, complaints, context);
  } finally {
    await browser.close();
  }
}
