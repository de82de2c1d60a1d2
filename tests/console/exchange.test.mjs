// One exchange: why it was answered so, its bodies, and what can be copied from it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { EICAR, clipboard, close, open, serve, withPage } from "./harness.mjs";

const server = await serve();
const near = EICAR.replace(/f$/, "e");
await server.client("w", "/v2/hash", { method: "POST", headers: { apikey: "exampleapikey", "x-note": "it's" }, body: `{"hash":["${EICAR}","${near}"]}` });
await server.lookUp("w", EICAR);
await server.client("w", "/nothing");

test("an exchange says why it was answered so, from which source, and what was noticed", withPage(server, "#/live/w/1", {}, async (page) => {
  const exchange = page.locator(".exchange");
  await exchange.getByRole("heading", { name: "POST /_world/w/v2/hash" }).waitFor();
  await exchange.getByText("A hash of the list is unknown or not valid.").waitFor();
  await exchange.getByText("Multiple Hashes Lookup, Response.").first().waitFor();
  await exchange.getByText(`${near} is nearly the md5 of "eicar.com"`).waitFor();
  await exchange.getByRole("link", { name: "metadefender-cloud/bulk.unknown" }).click();
  await page.locator("tr.open").getByText("Source").waitFor();
}));

test("bodies are shown indented and raw", withPage(server, "#/live/w/1", {}, async (page) => {
  const body = page.getByRole("group", { name: "Body of the request" });
  assert.equal(await body.textContent(), JSON.stringify({ hash: [EICAR, near] }, null, 2));
  await page.getByRole("button", { name: "Raw" }).first().click();
  assert.equal(await body.textContent(), `{"hash":["${EICAR}","${near}"]}`);
  await page.getByRole("button", { name: "Copy the body of the answer" }).click();
  assert.match(await clipboard(page), /^\[\n {2}\{/);
  const headers = page.locator(".headers").first();
  await headers.getByText("x-note").waitFor();
  assert.match(await headers.textContent(), /apikeyexam\*\*\*/);
}));

test("a request that no API serves says so", withPage(server, "#/live/w/3", {}, async (page) => {
  await page.getByText("No API has this path").waitFor();
}));

test("a number that the journal does not hold is an error in words", withPage(server, "#/live/w/99", {}, async (page) => {
  await page.getByRole("alert").getByText("the journal has no entry 99").waitFor();
}));

test("the copied command sends the same request with a credential that works", async () => {
  const page = await open(server, "#/live/w/1");
  await page.getByRole("button", { name: "Copy as curl" }).click();
  await page.getByText("Copied").waitFor();
  const command = await clipboard(page);
  assert.match(command, /exampleapikey/);
  const answer = execFileSync("sh", ["-c", command], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  assert.match(answer, /^HTTP\/1.1 200/);
  const [entry] = (await server.admin("w", "journal")).entries.slice(-1);
  assert.deepEqual([entry.request.path, entry.request.headers["x-note"], entry.request.body.text], ["/v2/hash", ["it's"], `{"hash":["${EICAR}","${near}"]}`]);
  await close(page);
});

test("the copied verification holds for the exchange", async () => {
  const page = await open(server, "#/live/w/2");
  await page.getByRole("button", { name: "as verification" }).click();
  await page.getByText("Copied").waitFor();
  const verification = JSON.parse(await clipboard(page));
  assert.deepEqual(verification.expectations[0].call, { api: "metadefender-core", method: "GET", behaviour: "metadefender-core/hash.found", hashes: [EICAR] });
  await server.admin("w", "verify", "POST", verification);
  await close(page);
});

test("the copied fixture loads, with a draft for an unknown hash", async () => {
  const page = await open(server, "#/live/w/1");
  await page.getByRole("button", { name: "as fixture" }).click();
  await page.getByText("Copied").waitFor();
  const fixture = await clipboard(page);
  assert.match(fixture, new RegExp(`md5: "${near}"`));
  const loaded = await server.admin("copy", "samples", "POST", fixture, { "content-type": "application/yaml" });
  assert.equal(loaded.samples, 2);
  assert.equal((await server.admin("copy", `samples/${near}`)).verdict, "clean");
  const before = (await server.admin("default", `samples/${EICAR}`)).sample;
  assert.deepEqual((await server.admin("copy", `samples/${EICAR}`)).sample, before, "nothing is lost on the way");
  await close(page);
});

test("the copied test is Python that expects the exchange", async () => {
  const page = await open(server, "#/live/w/2");
  await page.getByRole("button", { name: "as pytest test" }).click();
  await page.getByText("Copied").waitFor();
  const code = await clipboard(page);
  const script = `${code}
class Double:
    metadefender_core = "http://double"
    def verify(self, *expectations):
        print(__import__("json").dumps(expectations))
test_hash_found(Double())`;
  const [expectation] = JSON.parse(execFileSync("python3", ["-c", script], { encoding: "utf8" }));
  await server.admin("w", "verify", "POST", { expectations: [expectation] });
  await close(page);
});
