// Calls of the admin API, and where this page is served.

const [before] = location.pathname.split("/_scandouble/");
const inWorld = before.match(/^(.*)\/_world\/([^/]+)$/);

/** What precedes every path of the server; empty unless a proxy adds something. */
export const root = inWorld ? inWorld[1] : before;
/** The world in whose path the page was opened. */
export const startWorld = inWorld ? decodeURIComponent(inWorld[2]) : "default";

/** The prefix of a world's paths. */
export const worldPrefix = (world) => (world === "default" ? root : `${root}/_world/${encodeURIComponent(world)}`);
/** The base URL that clients of a world use. */
export const baseUrl = (world) => location.origin + worldPrefix(world);
/** The address of an operation of the admin API. */
export const adminUrl = (world, path) => `${worldPrefix(world)}/_scandouble/${path}`;

/** An answer of the admin API that is an error. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || `The server answered ${status}.`);
    this.status = status;
    this.errors = body.errors || [];
    this.body = body;
  }
}

const loginListeners = new Set();
/** Calls `listener` when the server asks for its admin token. */
export function onLoginNeeded(listener) {
  loginListeners.add(listener);
  return () => loginListeners.delete(listener);
}

/** Sends a request and returns the parsed answer; throws a Problem. */
export async function call(world, path, { method = "GET", body, type = "application/json", signal } = {}) {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const headers = { accept: "application/json" };
  if (text !== undefined) headers["content-type"] = type;
  let answer;
  try {
    answer = await fetch(adminUrl(world, path), { method, headers, body: text, signal, credentials: "same-origin" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, { detail: "The server cannot be reached." });
  }
  const read = await answer.text();
  let parsed = read;
  try {
    parsed = read && JSON.parse(read);
  } catch {
    // Some operations answer text.
  }
  if (answer.ok) return parsed;
  if (answer.status === 401) loginListeners.forEach((listener) => listener());
  throw new Problem(answer.status, typeof parsed === "object" && parsed ? parsed : { detail: read });
}

/** The query string of the parameters that have a value. */
export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== "" && value !== null);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}
