// The list of requests: what it shows, filters, pause, keyboard, and ten thousand entries.

import assert from "node:assert/strict";
import test from "node:test";
import { EICAR, close, open, serve, withPage } from "./harness.mjs";

const server = await serve();
const cloud = { method: "POST", headers: { apikey: "exampleapikey" } };

/** The paths of the rows in sight, in order. */
const paths = (page) => page.locator(".entry .c-request a").allTextContents();

/** Waits until the list has this many rows. */
const rows = (page, count) => page.waitForFunction((count) => Number(document.querySelector(".rows")?.getAttribute("aria-rowcount")) === count + 1, count);

test("requests of all worlds arrive without reloading, newest first", withPage(server, "#/live", {}, async (page) => {
  await page.getByText("No requests yet").waitFor();
  await page.getByText("Live ·").waitFor();
  await server.lookUp("default", EICAR);
  await rows(page, 1);
  await server.client("live-1", "/v2/hash", { ...cloud, body: `{"hash":["${EICAR}"]}` });
  await rows(page, 2);
  assert.deepEqual(await paths(page), ["POST /_world/live-1/v2/hash", `GET /hash/${EICAR}`]);
  const row = page.locator(".entry").first();
  const cells = await row.locator("[role=cell]").allTextContents();
  assert.match(cells[0], /^\d\d:\d\d:\d\d\.\d{3}$/);
  assert.deepEqual([cells[1], cells[2], cells[4], cells[5], cells[6]], ["live-1", "metadefender-cloud", "200", "bulk.ok", "documented"]);
  assert.match(cells[8], /^[\d.]+$/);
}));

test("each filter leaves the rows that match, and the address keeps it", async () => {
  const world = "filters";
  await server.admin(world, "faults", "POST", { id: "slow-down", when: { next: 1 }, match: { endpoint: "GET /version" }, then: { status: 503, latency: "300ms" } });
  await server.client(world, "/version");
  await server.lookUp(world, EICAR);
  await server.lookUp(world, EICAR.replace(/f$/, "e"));
  await server.client(world, "/v2/hash", { ...cloud, body: '{"hash":["abc"]}' });
  await server.client(world, "/v2/hash", { ...cloud, headers: { apikey: "wrong" }, body: '{"hash":["abc"]}' });
  await server.client(world, "/nothing");
  const page = await open(server, `#/live?world=${world}`);
  for (const [parameters, expected] of [
    ["", 6],
    ["method=POST", 2],
    ["api=metadefender-core", 3],
    ["status=4xx", 2],
    ["status=503", 1],
    ["behaviour=metadefender-core/hash.not-found", 1],
    ["grade=observed", 1],
    ["account=exam***", 1],
    ["finding=near-miss", 2],
    ["finding=any", 3],
    ["fault=slow-down", 1],
    ["fault=any", 1],
    ["slower=100", 1],
    ["q=NEARLY eicar", 1],
    [`q=${EICAR}`, 2],
    ["method=POST&status=2xx", 1],
    ["q=matches-nothing", 0],
  ]) {
    await page.evaluate((hash) => (location.hash = hash), `#/live?world=${world}&${parameters}`);
    await rows(page, expected).catch(async () => assert.fail(`${parameters}: ${await paths(page)}`));
  }
  await page.evaluate((hash) => (location.hash = hash), `#/live?world=${world}`);
  await rows(page, 6);
  await page.getByRole("combobox", { name: "Status" }).selectOption("4xx");
  await rows(page, 2);
  assert.match(page.url(), /status=4xx/);
  await page.getByRole("searchbox").fill("v2");
  await rows(page, 1);
  await page.getByText("1 of ").waitFor();
  await page.getByRole("link", { name: "Clear filters" }).click();
  await page.waitForFunction(() => !location.hash.includes("status"));
  await close(page);
});

test("a pause holds new requests back", withPage(server, "#/live?world=pause", {}, async (page) => {
  await page.getByText("Live ·").waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await server.lookUp("pause", EICAR);
  await page.getByRole("button", { name: "Resume, 1 new" }).waitFor();
  assert.deepEqual(await paths(page), []);
  await page.getByRole("button", { name: "Resume" }).click();
  await rows(page, 1);
}));

test("rows are opened and left with the keyboard", async () => {
  for (const path of ["/one", "/two", "/three"]) await server.client("keys", path);
  const page = await open(server, "#/live?world=keys");
  await rows(page, 3);
  await page.locator(".rows").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "GET /_world/keys/three" }).waitFor();
  await page.locator(".entry a").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("heading", { name: "GET /_world/keys/two" }).waitFor();
  await page.keyboard.press("j");
  await page.getByRole("heading", { name: "GET /_world/keys/one" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".exchange").waitFor({ state: "detached" });
  await close(page);
});

test("ten thousand requests stay smooth", async () => {
  const many = 10_000;
  for (let sent = 0; sent < many; sent += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, at) => server.client("many", `/version?${sent + at}`).then((answer) => answer.arrayBuffer())));
  }
  const start = performance.now();
  const page = await open(server, "#/live?world=many");
  await page.locator(".entry").first().waitFor();
  const first = performance.now() - start;
  // Scrolling to the end loads older pages until all are there.
  for (let turn = 0; turn < 40; turn++) {
    const count = await page.evaluate(() => {
      const box = document.querySelector(".rows");
      box.scrollTop = box.scrollHeight;
      return Number(box.getAttribute("aria-rowcount")) - 1;
    });
    if (count >= many - 100) break;
    await page.waitForFunction((count) => Number(document.querySelector(".rows").getAttribute("aria-rowcount")) - 1 > count, count);
  }
  const { frames, rows } = await page.evaluate(async () => {
    const box = document.querySelector(".rows");
    const frames = [];
    let last = performance.now();
    for (let step = 0; step < 60; step++) {
      box.scrollTop = (box.scrollHeight * step) / 60;
      await new Promise(requestAnimationFrame);
      frames.push(performance.now() - last);
      last = performance.now();
    }
    return { frames: frames.sort((a, b) => a - b), rows: document.querySelectorAll(".entry").length };
  });
  console.log(`first row after ${first.toFixed(0)} ms, a frame of scrolling takes ${frames[30].toFixed(1)} ms (median), ${frames[57].toFixed(1)} ms (95 %)`);
  assert.ok(first < 5000, `the first row came after ${first} ms`);
  assert.ok(rows < 100, `${rows} rows are in the document`);
  assert.ok(frames[30] < 250, `a frame takes ${frames[30]} ms`);
  await close(page);
});

