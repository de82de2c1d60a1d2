// Node's own fetch against all four APIs, with no package: every operation, and every error that the pages name.
// The first argument is the base address; NODE_EXTRA_CA_CERTS names the CA that Node trusts.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";

const base = process.argv[2];
const digest = (text, kind = "sha1") => createHash(kind).update(text).digest("hex");

class ApiError extends Error {
  constructor(status, text) {
    super(`${status} ${text}`);
    Object.assign(this, { status, text });
  }
}

/** Returns text or JSON by the content type; throws for any status other than a success, as such clients do. */
async function ask(method, path, { headers = {}, body } = {}) {
  const answer = await fetch(base + path, { method, headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new ApiError(answer.status, text);
  const isJson = answer.headers.get("content-type").includes("application/json");
  return { status: answer.status, value: isJson ? JSON.parse(text) : text };
}

const row = (operation, outcome, ok) => console.log(JSON.stringify({ operation, outcome: String(outcome).slice(0, 90), ok }));

async function gives(operation, call, check) {
  try {
    const { status, value } = await call();
    check(value, status);
    row(operation, `${status} ${typeof value === "string" ? value : JSON.stringify(value)}`, true);
  } catch (error) {
    row(operation, `${error.name} ${error.message}`, false);
  }
}

async function throws(operation, status, text, call) {
  try {
    row(operation, `${JSON.stringify(await call())} instead of ${status}`, false);
  } catch (error) {
    row(operation, `throws ${error.message}`, error instanceof ApiError && error.status === status && error.text === text);
  }
}

async function failing(status) {
  const world = `/_world/failing-${status}`;
  const body = JSON.stringify({ then: { status } });
  await ask("POST", `${world}/_scandouble/faults`, { headers: { "Content-Type": "application/json" }, body });
  return world;
}

// Spectra Intelligence
const basic = (user, password = "scandouble") => ({ Authorization: `Basic ${btoa(`${user}:${password}`)}` });
const rescan = (text, headers = basic("u/fast"), world = "") =>
  ask("GET", `${world}/api/rescan/v1/query/sha1/${digest(text)}`, { headers });
const bulk = (hashes, format = "json", headers = basic("u/fast")) =>
  ask("POST", `/api/rescan/v1/bulk_query/${format}`, {
    headers: { ...headers, "Content-Type": "application/octet-stream" },
    body: JSON.stringify({ rl: { query: { hash_type: "sha1", hashes } } }),
  });
await gives("TCA-0205 single", () => rescan("stored"), (value) => assert.equal(value, "Sample sent for rescanning"));
await gives("TCA-0205 bulk", () => bulk([digest("stored"), digest("known"), digest("nobody"), "x"]), ({ rl }) =>
  assert.deepEqual(rl, {
    sent_for_rescan: [digest("stored")],
    sample_unavailable: [digest("known")],
    unknown_hashes: [digest("nobody")],
    invalid_hashes: ["x"],
  }));
await throws("TCA-0205 unavailable", 404, "Requested sample unavailable", () => rescan("nobody"));
await throws("TCA-0205 without credentials", 401, "", () => rescan("stored", {}));
await throws("TCA-0205 a wrong password", 401, "", () => rescan("stored", basic("u/fast", "wrong")));
await throws("TCA-0205 not entitled", 403, "", () => rescan("stored", basic("u/unentitled")));
await throws("TCA-0205 too many hashes", 400, "Too many hashes, maximum is 100", () => bulk(Array(101).fill(digest("stored"))));
await gives("TCA-0205 no hashes", () => bulk([]), ({ rl }) => assert.deepEqual(Object.values(rl), [[], [], [], []]));
await throws("TCA-0205 an unknown type of hash", 400, "Invalid hash type", () =>
  ask("POST", "/api/rescan/v1/bulk_query/json", {
    headers: basic("u/fast"),
    body: JSON.stringify({ rl: { query: { hash_type: "crc", hashes: [digest("stored")] } } }),
  }));
await throws("TCA-0205 an unknown format", 400, "Invalid post format", () => bulk([], "yaml"));

// Spectra Analyze
const token = (word) => ({ Authorization: `Token ${word}` });
const analyze = (value, headers = token("exampletoken"), analysis = "cloud,core", world = "") => {
  const body = new FormData();
  body.append("analysis", analysis);
  return ask("POST", `${world}/api/samples/${value}/analyze/`, { headers, body });
};
const analyzeBulk = (values, path = "") =>
  ask("POST", `/api/samples/${path}analyze_bulk/`, {
    headers: { ...token("exampletoken"), "Content-Type": "application/json" },
    body: JSON.stringify({ hash_value: values, analysis: "cloud" }),
  });
await gives("Spectra Analyze token", () =>
  ask("POST", "/api-token-auth/", { body: new URLSearchParams({ username: "odd@user", password: "p@ss word&=+" }) }),
  (value) => assert.match(value.token, /^[0-9a-f]{40}$/));
await gives("Spectra Analyze status", () =>
  ask("POST", "/api/samples/status/", { headers: token("exampletoken"), body: new URLSearchParams({ hash_values: digest("stored") }) }),
  (value) => assert.equal(value.results[0].status, "processed"));
await gives("Spectra Analyze single, queued", () => analyze(digest("stored")), (value, status) =>
  assert.deepEqual([status, value.code, value.analysis.length], [201, 201, 2]));
await gives("Spectra Analyze single, already queued", () => analyze(digest("stored")), (value, status) =>
  assert.deepEqual([status, value.message], [200, "Sample is already queued for analysis."]));
await gives("Spectra Analyze bulk", () => analyzeBulk([digest("second"), digest("nobody")]), (value, status) =>
  assert.deepEqual([status, ...value.results.map((each) => each.code)], [201, 201, 404]));
await gives("Spectra Analyze bulk, version 2", () => analyzeBulk([digest("third")], "v2/"), (value, status) =>
  assert.deepEqual([status, value.results[0].analysis[0].code], [200, 201]));
const invalid = '{"code":400,"message":"Validation error. Value is not valid sha1, sha256, sha512 or md5 hash value."}';
await throws("Spectra Analyze no hash", 400, invalid, () => analyze("abc"));
await throws("Spectra Analyze an unknown engine", 400, '{"analysis":["\\"x\\" is not a valid choice."]}', () =>
  analyze(digest("stored"), token("exampletoken"), "x"));
await throws("Spectra Analyze not found", 404, '{"code":404,"message":"Sample is not found on the appliance."}', () =>
  analyze(digest("nobody")));
await throws("Spectra Analyze extracted", 405, '{"code":405,"message":"Reanalysis not allowed for extracted samples."}', () =>
  analyze(digest("extracted")));
await throws("Spectra Analyze an unknown token", 403, '{"detail":"Invalid token."}', () => analyze(digest("stored"), token("wrong")));
await throws("Spectra Analyze without a token", 403, '{"detail":"Authentication credentials were not provided."}', () =>
  analyze(digest("stored"), {}));

await throws("Spectra Analyze a header without its token", 403, '{"detail":"Invalid token header. No credentials provided."}', () =>
  analyze(digest("stored"), { Authorization: "Token" }));
const analyzeRaw = (body, type = "application/x-www-form-urlencoded", path = "/api/samples/analyze_bulk/") =>
  ask("POST", path, { headers: { ...token("exampletoken"), "Content-Type": type }, body });
await throws("Spectra Analyze bulk, no hash", 400, invalid, () => analyzeRaw("hash_value=abc&analysis=cloud"));
await throws("Spectra Analyze bulk, none", 400, '{"hash_value":["This field is required."]}', () => analyzeRaw("analysis=cloud"));
await throws("Spectra Analyze bulk, an unknown engine", 400, '{"analysis":["\\"x\\" is not a valid choice."]}', () =>
  analyzeRaw(`hash_value=${digest("stored")}&analysis=x`));
await throws("Spectra Analyze malformed JSON", 400,
  '{"detail":"JSON parse error - EOF while parsing an object at line 1 column 1"}',
  () => analyzeRaw("{", "application/json"));
await throws("Spectra Analyze an unknown media type", 415, '{"detail":"Unsupported media type \\"text/plain\\" in request."}', () =>
  analyzeRaw("x", "text/plain"));
await throws("Spectra Analyze a token without a password", 400, '{"password":["This field is required."]}', () =>
  ask("POST", "/api-token-auth/", { body: new URLSearchParams({ username: "scandouble" }) }));
// As the product is behind Django, the redirect turns the request into a GET, which the endpoint does not take.
await throws("Spectra Analyze a path without its slash", 405, '{"detail":"Method \\"GET\\" not allowed."}', () =>
  analyzeRaw("analysis=cloud", undefined, "/api/samples/analyze_bulk"));

// MetaDefender Cloud
const cloud = (body, headers = { apikey: "exampleapikey" }, world = "", path = "/v2/hash") =>
  ask("POST", world + path, { headers: { "Content-Type": "application/json", ...headers }, body });
const list = (...hash) => JSON.stringify({ hash });
await gives("Cloud many", () => cloud(list(digest("stored"), "abc")), (value) =>
  assert.deepEqual(value.map((each) => each.scan_result), [1, 5]));
await gives("Cloud many with details", () => cloud(list(digest("stored")), { apikey: "exampleapikey", include_scan_details: "1" }),
  ([value]) => assert.deepEqual(Object.keys(value), ["hash", "scan_result", "scan_details", "data_id"]));
await gives("Cloud one", () => ask("GET", `/v2/hash/${digest("stored")}`, { headers: { apikey: "exampleapikey" } }),
  (value) => assert.equal(value.scan_results.scan_all_result_i, 1));
await gives("Cloud version 4 many", () => cloud(list(digest("stored")), { apikey: "exampleapikey" }, "", "/v4/hash"),
  (value) => assert.equal(value.data[0].scan_result_i, 1));
await throws("Cloud empty", 400, '{"err":"hashes in body content is null or empty"}', () => cloud("{}"));
await throws("Cloud malformed", 400, '{"err":"Could not parse body content."}', () => cloud("hash=abc"));
await throws("Cloud too large", 400, '{"err":"Could not parse body content."}', () => cloud(" ".repeat(17_000_000)));
await throws("Cloud version 4, no JSON", 406,
  '{"error":{"code":406000,"messages":["Content-Type header and payload has to be JSON"]}}',
  () => cloud(list("abc"), { apikey: "exampleapikey", "Content-Type": "text/plain" }, "", "/v4/hash"));
await throws("Cloud too many", 400, '{"err":"Exceeded maximum allowed. Allow maximum 1000 hashes"}', () =>
  cloud(list(...Array(1001).fill("abc"))));
await throws("Cloud an unknown key", 401, '{"err":"Invalid API key"}', () => cloud(list("abc"), { apikey: "wrong" }));
await throws("Cloud without a key", 401, '{"err":"Invalid API key"}', () => cloud(list("abc"), {}));
await gives("Cloud more than remain", () => cloud(list("a", "b", "c"), { apikey: "limitedapikey" }), (value) =>
  assert.deepEqual(value.map((each) => each.scan_result), [5, 5, 403]));
await throws("Cloud none remain", 403, '{"err":"Signature lookup limit reached, try again later"}', () =>
  cloud(list("a"), { apikey: "limitedapikey" }));

// MetaDefender Core
await gives("Core result", () => ask("GET", `/hash/${digest("stored")}`, { headers: { rule: "File scan" } }), (value) =>
  assert.equal(value.scan_results.scan_all_result_a, "Infected"));
await gives("Core no result", () => ask("GET", "/hash/Nobody"), (value) => assert.deepEqual(value, { Nobody: "Not Found" }));
await gives("Core rules", () => ask("GET", "/file/rules"), (value) => assert.equal(value[0].name, "File scan"));
await gives("Core upload, and its result", async () => {
  const { value } = await ask("POST", "/file", { headers: { filename: "a%20b.txt" }, body: new Uint8Array([1, 2, 3]) });
  return ask("GET", `/file/${value.data_id}`);
}, (value) => assert.equal(value.file_info.display_name, "a b.txt"));
await throws("Core an unknown path", 404, '{"err":"Not Found"}', () => ask("GET", "/file/x/y"));
await throws("Core a wrong method", 405, '{"err":"Method Not Allowed"}', () => ask("DELETE", "/hash/abc"));
await throws("Core a logout without a session", 403, '{"err":"Access denied"}', () => ask("POST", "/logout"));
await throws("Core an empty upload", 422, '{"err":"File is empty."}', () => ask("POST", "/file", { body: "" }));

// What each vendor says when it fails
for (const [status, ...texts] of [
  [500, "Internal server error", '{"detail":"Internal server error."}', '{"err":"Internal server error"}', '{"err":"Injected by scandouble"}'],
  [503, "Service unavailable", '{"detail":"Service unavailable."}', '{"err":"Internal server error"}',
    '{"err":"Server is too busy. Try again later."}'],
]) {
  const world = await failing(status);
  await throws(`TCA-0205 an injected ${status}`, status, texts[0], () => rescan("stored", basic("u/fast"), world));
  await throws(`Spectra Analyze an injected ${status}`, status, texts[1], () => analyze(digest("stored"), token("exampletoken"), "cloud", world));
  await throws(`Cloud an injected ${status}`, status, texts[2], () => cloud(list("abc"), { apikey: "exampleapikey" }, world));
  await throws(`Core an injected ${status}`, status, texts[3], () => ask("GET", `${world}/hash/${digest("stored")}`));
}
