// How the panels look: rules of accessibility, no sideways scrolling, and screenshots in three widths and two colour schemes.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import test from "node:test";
import { EICAR, EICAR_SHA256, breaches, close, open, tooWide, serve } from "./harness.mjs";

const server = await serve();
const folder = `${process.env.CONSOLE_HOME}/screenshots`;
mkdirSync(folder, { recursive: true });

await server.admin("default", "clock", "PUT", { at: "2026-03-01T12:00:00Z", frozen: true });
await server.lookUp("default", EICAR);
await server.lookUp("default", EICAR.replace(/f$/, "e"));
const cloud = (body, key = "exampleapikey") => server.client("default", "/v2/hash", { method: "POST", headers: { apikey: key }, body });
await cloud(`{"hash":["${EICAR}","${EICAR}"]}`);
await cloud('{"hash":["abc"]}', "wrong");
await cloud(`{"hash":["${EICAR}"]}`, "limitedapikey");
await server.client("default", "/hsah/1");
await server.client("default", `/api/rescan/v1/query/md5/${EICAR}`, { headers: { authorization: `Basic ${btoa("u/scandouble:scandouble")}` } });
await server.client("default", `/api/samples/${EICAR}/analyze/`, {
  method: "POST",
  headers: { authorization: "Token exampletoken", "content-type": "application/json" },
  body: '{"analysis":"cloud"}',
});
await server.admin("default", "scenarios/flaky-1-in-3", "PUT", { api: "metadefender-core" });
for (let count = 0; count < 3; count++) await server.lookUp("default", EICAR);
await server.admin("default", "worlds/checkout", "PUT");

const PANELS = {
  live: ["#/live", ".entry"],
  filters: ["#/live?finding=any", ".filter-grid"],
  exchange: ["#/live/default/2", ".message"],
  samples: ["#/samples", "td"],
  sample: [`#/samples/${EICAR_SHA256}`, ".answers .card"],
  world: ["#/world", ".settings"],
  settings: ["#/world", ".switched"],
  accounts: ["#/accounts", ".code"],
  coverage: ["#/coverage/metadefender-core%2Fhash.found", "tr.open .definition"],
  api: ["console/reference/admin", ".operation"],
  vendor: ["console/reference/metadefender-cloud", ".operation"],
};

for (const colorScheme of ["light", "dark"]) {
  for (const width of [400, 900, 1600]) {
    test(`every panel at ${width} px, ${colorScheme}`, async () => {
      const page = await open(server, "#/live", { width, height: width < 700 ? 850 : 1000, colorScheme });
      for (const [name, [hash, ready]] of Object.entries(PANELS)) {
        await page.goto(`${server.url}/_scandouble/${hash}`);
        await page.locator(ready).first().waitFor();
        if (name === "api" || name === "vendor") await page.locator(".operation summary").nth(3).click();
        if (name === "settings") await page.locator(".switched").first().evaluate((row) => row.scrollIntoView());
        await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png` });
        assert.deepEqual(await tooWide(page), [], `${name} is wider than the window`);
        // Colours differ by scheme, and what is shown by width.
        if (width === 1600 || (width === 400 && colorScheme === "light")) assert.deepEqual(await breaches(page), [], name);
      }
      await close(page);
    });
  }
}
