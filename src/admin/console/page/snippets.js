// What can be copied from an exchange or for an account: commands and code.

import { baseUrl, call } from "./api.js";

/** Text as one word of a shell. */
const shell = (text) => (/^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
const json = (value) => JSON.stringify(value, null, 2);
/** Text as a literal of Python. JSON's escapes are Python's, except for pairs of surrogates, which JSON.stringify never makes. */
const python = (text) => JSON.stringify(text);

/** A request as a command: `{method, url, headers: [[name, value]], body}`. */
export function curlOf({ method, url, headers, body }) {
  const words = ["curl -si"];
  if (method !== "GET" && !(method === "POST" && body)) words.push(`-X ${shell(method)}`);
  headers.forEach(([name, value]) => words.push(`-H ${shell(`${name}: ${value}`)}`));
  if (body) words.push(`--data-binary ${shell(body)}`);
  words.push(shell(url));
  return words.join(" \\\n  ");
}

export function pythonOf({ method, url, headers, body }) {
  const lines = ["import requests", "", `response = requests.request(${python(method)}, ${python(url)},`];
  if (headers.length) lines.push(`    headers={${headers.map(([name, value]) => `${python(name)}: ${python(value)}`).join(", ")}},`);
  if (body) lines.push(`    data=${python(body)},`);
  return [...lines, ")", "print(response.status_code, response.text)"].join("\n");
}

export function javascriptOf({ method, url, headers, body }) {
  const options = [`  method: ${JSON.stringify(method)},`];
  if (headers.length) options.push(`  headers: ${JSON.stringify(Object.fromEntries(headers))},`);
  if (body) options.push(`  body: ${JSON.stringify(body)},`);
  return [`const response = await fetch(${JSON.stringify(url)}, {`, ...options, "});", "console.log(response.status, await response.text());"].join("\n");
}

/** Headers that a client adds by itself. */
const OWN = ["host", "content-length", "connection", "accept-encoding", "user-agent", "accept", "transfer-encoding"];

/** The journal redacts credentials; the accounts of the world have them. */
async function credentials(entry, world) {
  const { apis } = await call(world, "accounts").catch(() => ({ apis: [] }));
  const of = apis.find(({ api }) => api === entry.api);
  const account = of?.accounts.find(({ name }) => name === entry.account) || of?.accounts[0];
  return new Map((account?.example.headers || []).map(({ name, value }) => [name.toLowerCase(), value]));
}

export async function asCurl(entry, world) {
  const { request } = entry;
  const known = await credentials(entry, world);
  const headers = Object.entries(request.headers)
    .filter(([name]) => !OWN.includes(name))
    .flatMap(([name, values]) => values.map((value) => [name, value.includes("***") ? known.get(name) || value : value]));
  const url = location.origin + request.prefix + request.path + (request.query ? `?${request.query}` : "");
  return curlOf({ method: request.method, url, headers, body: request.body.text || "" });
}

/** The hashes in a request, each once. */
function hashesIn({ request }) {
  const text = `${request.path} ${request.query || ""} ${request.body.text || ""}`;
  const found = text.match(/(?<![0-9a-f])(?:[0-9a-f]{128}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-f])/gi) || [];
  return [...new Set(found.map((hash) => hash.toLowerCase()))];
}

function expectation(entry) {
  const [behaviour] = entry.behaviours;
  const hashes = hashesIn(entry);
  return {
    call: {
      ...(entry.api && { api: entry.api }),
      method: entry.request.method,
      ...(behaviour ? { behaviour: behaviour.name } : { path: entry.request.path, status: entry.response.status }),
      ...(hashes.length && { hashes }),
    },
    times: 1,
  };
}

export const asVerification = (entry) => json({ expectations: [expectation(entry)] });

const KINDS = { 32: "md5", 40: "sha1", 64: "sha256", 128: "sha512" };

/** The samples of the request as a fixture: as they are in the world, or a draft for those that are unknown. */
export async function asFixture(entry, world) {
  const hashes = hashesIn(entry);
  if (!hashes.length) return "# This request names no hash.\nsamples: []\n";
  const samples = await Promise.all(
    hashes.map((hash) =>
      call(world, `samples/${hash}`).then(
        ({ sample }) => sample,
        () => ({ name: "unknown.bin", [KINDS[hash.length]]: hash, verdict: "clean" }),
      ),
    ),
  );
  return yaml({ samples });
}

/** A test for the pytest plugin that expects what happened here. */
export function asPytest(entry) {
  const name = (entry.behaviours[0]?.name || "request").split("/").at(-1).replace(/[^a-z0-9]+/gi, "_").toLowerCase();
  const api = (entry.api || "").replaceAll("-", "_");
  const literal = json(expectation(entry)).replace(/\n/g, "\n    ");
  return [
    `def test_${name}(scandouble):`,
    `    # Give your client this base URL: ${api ? `scandouble.${api}` : "scandouble.admin"}`,
    "    ...",
    `    scandouble.verify(${literal})`,
    "",
  ].join("\n");
}

/** A value as YAML. Texts are written as JSON strings where they could be read as anything else. */
export function yaml(value, indent = "") {
  const scalar = (value) => {
    if (typeof value !== "string") return JSON.stringify(value);
    const plain = /^[A-Za-z][\w./-]*( [\w./-]+)*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value);
    return plain ? value : JSON.stringify(value);
  };
  const isEmpty = (value) => typeof value !== "object" || value === null || !Object.keys(value).length;
  const key = (name) => (/^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name));
  if (isEmpty(value)) return scalar(value);
  if (Array.isArray(value)) {
    return value.map((item) => `${indent}- ${isEmpty(item) ? `${scalar(item)}\n` : yaml(item, `${indent}  `).slice(indent.length + 2)}`).join("");
  }
  return Object.entries(value)
    .map(([name, item]) => (isEmpty(item) ? `${indent}${key(name)}: ${scalar(item)}\n` : `${indent}${key(name)}:\n${yaml(item, `${indent}  `)}`))
    .join("");
}

/** The example of an account as a request that the code above takes. */
export const exampleOf = (example, world) => ({
  method: example.method,
  url: baseUrl(world) + example.path,
  headers: example.headers.map(({ name, value }) => [name, value]),
  body: example.body,
});
