// SPDX-License-Identifier: ISC
// Google's own client library, told on standard input what to call: one line of JSON each, {"call", "with", "headers"};
// answers one line each, {"status", "data"}. Environment: ROOT, TOKEN, NODE_MODULES.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.env.NODE_MODULES}/`);
const { auth, calendar } = require("@googleapis/calendar");

const client = new auth.OAuth2();
client.setCredentials({ access_token: process.env.TOKEN });
const api = calendar({ version: "v3", auth: client, rootUrl: process.env.ROOT });

async function call(name, given, headers) {
  const [group, method] = name.split(".");
  try {
    const answer = await api[group][method](given, { headers, retry: false });
    return { status: answer.status, data: answer.data };
  } catch (error) {
    return { status: error.response?.status ?? 0, data: error.response?.data ?? String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  console.log(JSON.stringify(await call(asked.call, asked.with ?? {}, asked.headers)));
}
