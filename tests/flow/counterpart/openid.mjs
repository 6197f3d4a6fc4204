// SPDX-License-Identifier: ISC
// npm's oidc-provider over TLS, with its own pages to sign in and to agree: whoever types a name there is that person.
//   node openid.mjs '{"port", "cert", "key", "clients": [...], "people": {NAME: {claims}}}'
import fs from "node:fs";
import https from "node:https";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const { default: Provider } = await import(path.join(root, "build/npm/node_modules/oidc-provider/lib/index.js"));
const asked = JSON.parse(process.argv[2]);
const issuer = `https://localhost:${asked.port}`;

const provider = new Provider(issuer, {
  clients: asked.clients,
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: false, // e-mail and name within the ID token, as most providers have it
  cookies: { keys: ["practice"] },
  features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
  pkce: { required: () => true },
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  async findAccount(context, id) {
    const person = asked.people[id] ?? {};
    return { accountId: id, claims: async () => ({ sub: id, ...person }) };
  },
});
const server = https.createServer({ cert: fs.readFileSync(asked.cert), key: fs.readFileSync(asked.key) }, provider.callback());
server.listen(asked.port, "127.0.0.1", () => console.log(JSON.stringify({ issuer })));
process.stdin.on("end", () => process.exit(0)).resume();
