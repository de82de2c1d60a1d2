// The panels beside the list of requests, and each of their actions.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { EICAR, EICAR_SHA256, clipboard, close, open, serve, withPage } from "./harness.mjs";

const server = await serve();
const cloud = (world, key = "limitedapikey") =>
  server.client(world, "/v2/hash", { method: "POST", headers: { apikey: key }, body: `{"hash":["${EICAR}"]}` });

test("the world bar creates and chooses worlds, and moves the clock", async () => {
  const page = await open(server, "#/live");
  await page.getByRole("combobox", { name: "World", exact: true }).selectOption("New world…");
  await page.getByLabel("Name of the new world").fill("bad name");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("alert").getByText("bad name").waitFor();
  await page.getByLabel("Name of the new world").fill("bar");
  await page.getByRole("button", { name: "Create" }).click();
  await page.waitForFunction(() => location.hash.includes("w=bar"));
  assert.ok((await server.admin("default", "worlds")).worlds.some(({ name }) => name === "bar"));
  await page.getByRole("button", { name: "Freeze" }).click();
  await page.locator(".clock.frozen").waitFor();
  const frozen = await server.admin("bar", "clock");
  assert.ok(frozen.frozen);
  await page.getByRole("button", { name: "+90 s" }).click();
  const shown = (ms) => page.locator(`.clock time[datetime="${new Date(ms).toISOString().replace("T", " ").slice(0, 19)}"]`).waitFor();
  await shown(Date.parse(frozen.now) + 90_000);
  await page.getByRole("button", { name: "+24 h" }).click();
  await shown(Date.parse(frozen.now) + 90_000 + 86_400_000);
  await page.getByRole("button", { name: "Freeze" }).click();
  await page.locator(".clock.moved").waitFor();
  assert.equal((await server.admin("bar", "clock")).frozen, false);
  assert.ok((await server.admin("default", "clock")).real, "other worlds keep their time");
  await page.getByRole("combobox", { name: "World", exact: true }).selectOption("default");
  await page.waitForFunction(() => !location.hash.includes("w="));
  await close(page);
});

test("the clock is set to an instant and back to real time", withPage(server, "#/world", { world: "clock" }, async (page) => {
  await page.getByLabel("Set the clock to").fill("tomorrow");
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await page.getByRole("alert").getByText("`at`").waitFor();
  await page.getByLabel("Set the clock to").fill("2030-01-02T03:04:05Z");
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await page.locator(".clock").getByText("2030-01-02 03:04").waitFor();
  await page.getByRole("button", { name: "Back to real time" }).click();
  await page.locator(".clock").getByText("UTC").waitFor();
  assert.ok((await server.admin("clock", "clock")).real);
}));

test("a world is reset in parts or as a whole, and removed", async () => {
  const world = "reset";
  await cloud(world);
  await server.admin(world, "faults", "POST", { id: "f", then: { status: 503 } });
  const page = await open(server, "#/world", { world });
  const part = (name) => page.getByRole("checkbox", { name });
  for (const name of ["samples", "queue", "limits", "journal", "clock", "settings"]) await part(name).uncheck();
  await page.getByRole("button", { name: "Reset faults" }).click();
  await page.getByText("Reset: faults.").waitFor();
  assert.equal((await server.admin(world, "faults")).faults.length, 0);
  assert.equal((await server.admin(world, "journal")).entries.length, 1, "the rest stays");
  for (const name of ["samples", "queue", "limits", "journal", "clock", "settings"]) await part(name).check();
  await page.getByRole("button", { name: "Reset everything" }).click();
  await page.getByText("Reset: samples, queue").waitFor();
  assert.equal((await server.admin(world, "journal")).entries.length, 0);
  await page.getByRole("button", { name: "Remove the world…" }).click();
  await page.getByRole("button", { name: `Remove world ${world}` }).click();
  await page.waitForFunction(() => location.hash.includes("w=default") || location.hash === "#/live");
  assert.ok(!(await server.admin("default", "worlds")).worlds.some(({ name }) => name === world));
  await close(page);
});

test("limits are meters that follow their use", async () => {
  await cloud("limits");
  const page = await open(server, "#/world", { world: "limits" });
  const meter = page.locator(".card", { hasText: "limitedapikey" }).getByRole("meter", { name: "lookup limit" });
  assert.deepEqual([await meter.getAttribute("aria-valuenow"), await meter.getAttribute("aria-valuemax")], ["1", "2"]);
  await close(page);
});

test("scenarios are switched on for one API and off", withPage(server, "#/world", { world: "scenarios" }, async (page) => {
  await page.getByLabel("Start for").selectOption("metadefender-cloud");
  await page.getByRole("switch", { name: "maintenance" }).click();
  await page.getByRole("switch", { name: "maintenance", checked: true }).waitFor();
  assert.equal((await cloud("scenarios")).status, 503);
  assert.equal((await server.lookUp("scenarios", EICAR)).status, 200);
  await page.locator(".world-bar").getByText("1 fault").waitFor();
  await page.getByRole("switch", { name: "maintenance" }).click();
  await page.getByRole("switch", { name: "maintenance", checked: false }).waitFor();
  assert.equal((await cloud("scenarios")).status, 200);
}));

test("fault rules are added and removed", withPage(server, "#/world", { world: "faults" }, async (page) => {
  await page.getByText("Add a fault rule").click();
  const rule = page.getByLabel("Rule as JSON");
  await rule.fill('{"then":{"retryafter":1}}');
  await page.getByRole("button", { name: "Add the rule" }).click();
  await page.getByRole("alert").getByText("retry_after").waitFor();
  await rule.fill('{"id":"mine","match":{"api":"metadefender-cloud"},"then":{"status":503}}');
  await page.getByRole("button", { name: "Add the rule" }).click();
  await page.getByRole("cell", { name: "mine", exact: true }).waitFor();
  assert.equal((await cloud("faults")).status, 503);
  await page.getByRole("button", { name: "Remove fault mine" }).click();
  await page.getByText("No fault is injected.").waitFor();
  assert.equal((await cloud("faults")).status, 200);
}));

test("settings are changed and reset, and a wrong value is refused", withPage(server, "#/world", { world: "settings" }, async (page) => {
  const value = async (name) => (await server.admin("settings", `settings/${name}`)).value;
  await page.getByLabel("Value of auth").selectOption("off");
  await page.getByRole("button", { name: "Reset auth" }).waitFor();
  assert.equal(await value("auth"), "off");
  await page.getByRole("button", { name: "Reset auth" }).click();
  await page.getByRole("button", { name: "Reset auth" }).waitFor({ state: "detached" });
  assert.equal(await value("auth"), "enforce");
  await page.getByLabel("Find a setting").fill("daily-quota");
  const row = page.getByRole("row", { name: "spectra-intelligence.daily-quota" });
  assert.equal(await row.getByRole("link", { name: "quota.exceeded" }).getAttribute("href"), "#/coverage/spectra-intelligence%2Fquota.exceeded");
  assert.equal(await row.locator(".grade").getAttribute("title"), "documented; body=assumed");
  await page.getByLabel("Find a setting").fill("rate-limit");
  const field = page.getByLabel("Value of spectra-intelligence.rate-limit");
  await field.fill("many");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").getByText("whole number").waitFor();
  await field.fill("3");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("default 10").waitFor();
  assert.equal(await value("spectra-intelligence.rate-limit"), "3");
}));

test("samples are found by name, verdict and hash", withPage(server, "#/samples", {}, async (page) => {
  const names = () => page.locator("main table td:first-child").allTextContents();
  await page.getByLabel("Hash or name").fill("EICAR.com");
  await page.waitForFunction(() => document.querySelectorAll("main tbody tr").length === 1);
  assert.deepEqual(await names(), ["eicar.com"]);
  await page.getByLabel("Hash or name").fill(EICAR);
  await page.getByText("1 sample", { exact: true }).waitFor();
  assert.deepEqual(await names(), ["eicar.com"]);
  await page.getByLabel("Hash or name").fill("0".repeat(32));
  await page.getByRole("link", { name: "See what each API answers to it" }).click();
  await page.getByText("An unknown hash").waitFor();
  await page.getByRole("group", { name: "Answer of OPSWAT MetaDefender Core v4" }).getByText("Not Found").waitFor();
  await page.getByLabel("Hash or name").fill("");
  await page.getByLabel("Verdict").selectOption("suspicious");
  await page.waitForFunction(() => [...document.querySelectorAll("main td .verdict")].every((verdict) => verdict.textContent === "suspicious"));
}));

test("a sample shows its hashes and what each API would answer", withPage(server, `#/samples/${EICAR_SHA256}`, {}, async (page) => {
  await page.getByRole("button", { name: `Copy hash ${EICAR.slice(0, 12)}` }).click();
  await page.getByText("Copied").waitFor();
  assert.equal(await clipboard(page), EICAR);
  const answers = page.locator(".answers .card");
  await answers.nth(3).waitFor();
  assert.equal(await answers.count(), 4);
  assert.deepEqual(await answers.locator(".status").allTextContents(), ["200", "201", "200", "200"]);
  assert.match(await page.getByRole("group", { name: "Answer of OPSWAT MetaDefender Cloud v2" }).textContent(), /"scan_result": 1/);
}));

test("the queue counts down on the world's clock and is completed", async () => {
  const world = "queue";
  await server.admin(world, "clock", "PUT", { frozen: true });
  const send = () =>
    server.client(world, `/api/samples/${EICAR}/analyze/`, { method: "POST", headers: { authorization: "Token exampletoken", "content-type": "application/json" }, body: '{"analysis":"cloud"}' });
  assert.equal((await send()).status, 201);
  const page = await open(server, "#/samples", { world });
  await page.getByRole("region", { name: "Queue" }).getByText("30 s left").waitFor();
  await page.getByRole("region", { name: "Queue" }).getByRole("link", { name: "eicar.com" }).click();
  const detail = page.locator(".detail");
  await detail.getByText("30 s left").waitFor();
  await server.admin(world, "clock/advance", "POST", { by: "20s" });
  await page.getByRole("button", { name: "+90 s" }).click();
  await detail.getByText("done").waitFor();
  assert.equal((await send()).status, 201);
  await page.reload();
  await detail.getByText("30 s left").waitFor();
  await page.getByRole("button", { name: "Complete now" }).click();
  await detail.getByText("done").waitFor();
  await close(page);
});

test("samples are added, edited and removed, with the errors of a check", async () => {
  const world = "edit";
  const page = await open(server, "#/samples", { world });
  await page.getByText("Add samples").click();
  const fixture = page.getByLabel("A fixture in YAML or JSON");
  await fixture.fill("samples:\n  - name: one.bin\n    content: one\n    verdit: clean\n");
  await page.getByRole("button", { name: "Load into world edit" }).click();
  const error = page.getByRole("alert");
  await error.getByText("line 4, column 5:").waitFor();
  assert.match(await error.textContent(), /unknown field "verdit".*verdit: clean\n {4}\^{6}.*did you mean "verdict"\?/s);
  await fixture.fill("samples:\n  - name: one.bin\n    content: one\n    verdict: clean\n");
  await page.getByRole("button", { name: "Load into world edit" }).click();
  await page.getByText("Loaded: 1 samples").waitFor();
  await page.getByRole("link", { name: "one.bin" }).click();
  await page.getByText("Edit or remove this sample").click();
  const entry = page.getByLabel("The sample as a fixture");
  const text = await entry.inputValue();
  await entry.fill(text.replace(/^( *)verdict: clean/m, "$1verdict: suspicious"));
  await page.getByRole("button", { name: "Save in world edit" }).click();
  await page.locator(".detail .verdict.suspicious").first().waitFor();
  const [{ sha256 }] = (await server.admin(world, "samples?name=one.bin")).samples;
  assert.equal((await server.admin(world, `samples/${sha256}`)).verdict, "suspicious");
  await page.getByRole("button", { name: "Remove from world edit" }).click();
  await page.locator(".detail").waitFor({ state: "detached" });
  assert.equal((await server.admin(world, "samples?name=one.bin")).total, 0);
  await close(page);
});

test("accounts give working code in each language", async () => {
  const page = await open(server, "#/accounts", { world: "accounts" });
  const card = page.locator(".card", { hasText: "exampleapikey" }).first();
  await card.getByRole("button", { name: "Copy key of exampleapikey" }).click();
  await page.getByText("Copied").waitFor();
  assert.equal(await clipboard(page), "exampleapikey");
  for (const [language, run] of [
    ["curl", (code) => execFileSync("sh", ["-c", code], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })],
    ["JavaScript", (code) => execFileSync("node", ["--input-type=module", "-e", code], { encoding: "utf8" })],
  ]) {
    await page.getByRole("button", { name: language, exact: true }).click();
    await card.getByRole("button", { name: `Copy the ${language} example for exampleapikey` }).click();
    await page.waitForTimeout(50);
    const printed = run(await clipboard(page));
    assert.match(printed, /200/);
    assert.match(printed, /"scan_result":1/);
  }
  await page.getByRole("button", { name: "Python", exact: true }).click();
  await card.getByRole("button", { name: "Copy the Python example for exampleapikey" }).click();
  await page.waitForTimeout(50);
  execFileSync("python3", ["-c", "import ast, sys; ast.parse(sys.argv[1])", await clipboard(page)]);
  assert.equal((await server.admin("accounts", "journal")).entries.length, 2);
  await close(page);
});

test("coverage shows what was never exercised, and leads to requests and definitions", async () => {
  const world = "coverage";
  await cloud(world);
  const page = await open(server, "#/coverage?scope=world", { world });
  await page.getByRole("link", { name: "1 requests with metadefender-cloud/bulk.ok" }).waitFor();
  await page.getByRole("link", { name: "bulk.ok", exact: true }).click();
  await page.locator("tr.open").getByText("Multiple Hashes Lookup, Response.").waitFor();
  await page.getByLabel("Show").selectOption("never");
  await page.getByRole("link", { name: "bulk.ok", exact: true }).waitFor({ state: "detached" });
  await page.getByLabel("Show").selectOption("exercised");
  await page.getByLabel("Find a behaviour").fill("bulk");
  await page.getByRole("link", { name: "1 requests with metadefender-cloud/bulk.ok" }).click();
  await page.locator(".entry").first().waitFor();
  assert.equal(await page.locator(".entry").count(), 1);
  await close(page);
});

test("operations of the admin API are found and sent", withPage(server, "console/reference/admin", { world: "reference" }, async (page) => {
  const shown = page.locator(".operation:visible");
  await page.getByLabel("Find an operation").fill("matches nothing");
  await page.getByText("No operation matches.").waitFor();
  await page.getByLabel("Find an operation").fill("advance the clock");
  assert.equal(await shown.count(), 1);
  await shown.locator("summary").click();
  await page.getByRole("textbox", { name: "Body" }).fill('{"by":"2h"}');
  await page.getByRole("button", { name: "Send POST" }).click();
  await page.getByRole("group", { name: "Body of the answer" }).getByText('"frozen": false').waitFor();
  assert.equal((await server.admin("reference", "clock")).real, false);
  await page.getByRole("textbox", { name: "Body" }).fill("{}");
  await page.getByRole("button", { name: "Send POST" }).click();
  await page.getByRole("group", { name: "Body of the answer" }).getByText("`by`").waitFor();
}));

test("operations of a vendor API are sent with an account, and recorded", withPage(server, "#/live", { world: "vendor" }, async (page) => {
  await page.getByRole("navigation", { name: "Panels" }).getByRole("link", { name: "API" }).click();
  await page.getByRole("navigation", { name: "APIs" }).getByRole("link", { name: "OPSWAT MetaDefender Cloud" }).click();
  await page.getByLabel("Find an operation").fill("POST /hash");
  await page.locator(".operation:visible summary").first().click();
  await page.locator(".operation:visible").getByRole("button", { name: "Send POST" }).click();
  await page.locator(".message .status").getByText("200").waitFor();
  const { entries } = await server.admin("vendor", "journal");
  assert.deepEqual(entries.map(({ account, response }) => [account, response.status]), [["exam***", 200]]);
  assert.ok(!("cookie" in entries[0].request.headers));
  await page.getByRole("link", { name: "Live" }).click();
  await page.locator(".entry").first().waitFor();
  assert.equal(await page.locator(".entry .c-world").first().textContent(), "vendor");
}));

test("an address with the name of an operation opens it", withPage(server, "console/reference/admin#advanceClock", {}, async (page) => {
  await page.locator("#advanceClock[open]").getByRole("button", { name: "Send POST" }).waitFor();
}));

test("the first page and the reference can be read without scripts", async () => {
  const page = await open(server, "", { world: "plain", javaScriptEnabled: false });
  await page.getByRole("heading", { name: "scandouble" }).waitFor();
  await page.getByText("Clients of world plain use the address").waitFor();
  await page.getByRole("navigation", { name: "Panels" }).getByRole("link", { name: "API" }).click();
  await page.locator("#advanceClock summary").click();
  assert.ok(await page.locator("#advanceClock form button").isDisabled(), "sending needs scripts");
  await close(page);
});
