// Testcontainers for Node: `npm install testcontainers && node --test testcontainers.test.mjs`.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { GenericContainer, Wait } from "testcontainers";

let container;
let base; // Put `/_world/<name>` behind it for a world of a test's own.

before(async () => {
  container = await new GenericContainer("registry.example.com/scandouble:0.1.0")
    .withExposedPorts(8080, 8443) // 8443 answers with `.withCommand(["--tls", "self-signed"])`.
    .withBindMounts([{ source: fileURLToPath(new URL("fixtures", import.meta.url)), target: "/fixtures", mode: "ro" }])
    .withWaitStrategy(Wait.forHttp("/_scandouble/health", 8080))
    .start();
  base = `http://${container.getHost()}:${container.getMappedPort(8080)}`;
});

after(() => container?.stop());

test("the invoice is infected", async () => {
  const answer = await fetch(`${base}/_world/t1/v2/hash`, {
    method: "POST",
    headers: { apikey: "exampleapikey" },
    body: JSON.stringify({ hash: ["1584f8ea241a3accca59b09ce87a9036"] }),
  });
  assert.equal((await answer.json())[0].scan_result, 1);
});
