// What requests and fixtures contain never runs; looking changes nothing; the admin token is asked for once.

import assert from "node:assert/strict";
import test from "node:test";
import { EICAR, clipboard, close, open, serve } from "./harness.mjs";

const TOKEN = "console-token";
const attack = (place) => `"'><img src=x onerror="attacked='${place}'"><script>attacked='${place}'</script>\${attacked}\`{{7*7}}`;

/** Every panel, and what can be opened in it. */
const panels = (world, number, hash) => [
  `#/live?world=${world}`,
  `#/live/${world}/${number}?world=${world}`,
  "#/samples",
  `#/samples/${hash}`,
  "#/world",
  "#/accounts",
  "#/coverage",
  "#/coverage/metadefender-core%2Fhash.found",
  "console/reference/admin",
  "console/reference/metadefender-core",
];

test("an attack in every field of a request or a fixture stays text", async () => {
  const world = "attack";
  const server = await serve();
  const fixture = {
    samples: [
      {
        name: attack("name"),
        content: attack("content"),
        type: attack("type"),
        description: attack("description"),
        verdict: "infected",
        threat: attack("threat"),
        rule: attack("rule"),
        engines: [{ engine: attack("engine"), verdict: "infected", threat: attack("engine-threat") }],
      },
    ],
    rules: [{ name: attack("rule") }],
    accounts: { metadefender_cloud: [{ key: attack("key") }], spectra_intelligence: [{ user: attack("user"), password: attack("password") }] },
    settings: { "metadefender-core.version": attack("setting") },
  };
  const { loaded } = await server.admin(world, "samples", "POST", fixture, { "content-type": "application/json" });
  await server.admin(world, "faults", "POST", {
    id: "attack",
    match: { account: attack("match") },
    then: { status: 503, body: attack("fault-body"), content_type: "text/html", headers: { "x-fault": attack("fault-header") } },
  });
  await server.admin(world, "faults", "POST", { id: "fired", match: { endpoint: "GET /version" }, then: { body: attack("fired-body"), content_type: "text/html" } });
  const encoded = encodeURIComponent(attack("path"));
  await server.client(world, "/version");
  await server.client(world, `/hash/${encoded}?${encodeURIComponent(attack("name-of-parameter"))}=${encodeURIComponent(attack("query"))}`, {
    headers: { "user-agent": attack("agent"), "x-attack": attack("header"), rule: attack("rule") },
  });
  await server.client(world, `/v2/hash`, { method: "POST", headers: { apikey: attack("key"), "content-type": attack("type") }, body: attack("body") });
  await server.client(world, `/v2/hash`, { method: "POST", headers: { apikey: attack("key") }, body: JSON.stringify({ hash: [attack("hash")], [attack("field")]: attack("value") }) });
  await server.client(world, `/${encoded}`, { method: "PUT", body: attack("nowhere") });
  await server.client(world, `/api/samples/${encoded}/analyze/`, { method: "POST", headers: { authorization: `Token ${attack("token")}` } });
  const { entries } = await server.admin(world, "journal");
  assert.equal(entries.length, 6);
  const seen = new Set();
  const look = async (page, hash) => {
    const text = await page.evaluate(() => [document.body.innerText, ...[...document.querySelectorAll("input, textarea")].map(({ value }) => value)].join("\n"));
    [...text.matchAll(/attacked='([a-z-]+)'/g)].forEach(([, place]) => seen.add(place));
    const found = await page.evaluate(() => ({
      ran: globalThis.attacked,
      elements: [...document.querySelectorAll("img:not(.brand img), script:not([type=module]), iframe, object, embed, [onerror]")].map((element) => element.outerHTML),
    }));
    assert.deepEqual(found, { ran: undefined, elements: [] }, hash);
  };
  const page = await open(server, "#/live", { world });
  for (const { number } of entries) {
    for (const hash of number === 1 ? panels(world, 1, loaded[0].sha256) : []) {
      await page.goto(`${server.url}${server.path(world, "")}${hash}`);
      await page.waitForTimeout(250);
      for (const summary of await page.locator("details:not(.operation) > summary").all()) await summary.click();
      await look(page, hash);
    }
    await page.goto(`${server.url}${server.path(world, "")}#/live/${world}/${number}`);
    await page.getByRole("button", { name: "Copy as curl" }).click();
    await look(page, `number ${number}`);
    await page.getByText("Copied").waitFor();
    assert.ok(!(await clipboard(page)).includes("\u0000"));
  }
  await page.goto(`${server.url}${server.path(world, "")}#/${encodeURIComponent(attack("panel"))}/${encodeURIComponent(attack("part"))}?q=${encodeURIComponent(attack("search"))}`);
  await page.getByText("There is no such panel.").waitFor();
  await look(page, "the address");
  for (const place of ["name", "threat", "key", "user", "password", "fault-body", "fault-header", "fired-body", "path", "engine", "rule", "setting", "name-of-parameter", "agent", "header", "body"]) {
    assert.ok(seen.has(place), `${place} is shown as text; seen: ${[...seen]}`);
  }
  await close(page);
});

test("looking at every panel changes nothing", async () => {
  const server = await serve();
  await server.lookUp("default", EICAR);
  const state = async () => {
    const parts = ["journal", "coverage", "accounts", "settings", "faults", "samples", "worlds"];
    const all = await Promise.all(parts.map((part) => server.admin("default", part)));
    // Every request to the server has a number, these too.
    delete all[0].last_request;
    all.at(-1).worlds.forEach((world) => delete world.now);
    return all;
  };
  const before = await state();
  for (const world of ["default", "never-created"]) {
    const page = await open(server, "#/live", { world });
    for (const hash of panels("default", 1, EICAR)) {
      await page.goto(`${server.url}${server.path(world, "")}${hash}`);
      await page.waitForTimeout(150);
    }
    await page.goto(`${server.url}/`);
    await page.waitForURL("**/_scandouble/");
    await close(page);
  }
  assert.deepEqual(await state(), before);
});

test("the admin token is asked for once, and scripts cannot read what is kept", async () => {
  const server = await serve("--admin-token", TOKEN);
  const page = await open(server, "#/accounts");
  await page.getByLabel("Token").fill("wrong");
  await page.getByRole("button", { name: "Open the console" }).click();
  await page.getByRole("alert").getByText("this is not the admin token").waitFor();
  await page.getByLabel("Token").fill(TOKEN);
  await page.getByRole("button", { name: "Open the console" }).click();
  await page.getByRole("heading", { name: "Accounts of world default" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Accounts of world default" }).waitFor();
  await page.goto(`${server.url}/_scandouble/#/live`);
  await server.lookUp("default", EICAR);
  await page.locator(".entry").first().waitFor();
  const kept = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]);
  assert.deepEqual(kept, ["", 0, 0]);
  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.value.includes(TOKEN)], [true, "Strict", false]);
  await close(page);
});
