// The requests that the page knows: the newest ones first, then those that arrive, and older ones on demand.

import { useEffect, useState } from "./htm-preact.js";
import { adminUrl, call, query } from "./api.js";

const MOST = 10000;
const FIRST_PAGE = 200;
const PAGE = 1000;

/** What a list shows of an exchange. Bodies stay on the server, so that ten thousand rows take little memory. */
function rowOf(entry) {
  const { method, prefix, path, query } = entry.request;
  const url = `${prefix}${path}${query === null || query === undefined ? "" : `?${query}`}`;
  const behaviours = entry.behaviours.map(({ name, provenance }) => ({ name, provenance }));
  const findings = entry.findings.map(({ kind, text }) => ({ kind, text }));
  const words = [method, url, entry.response.status, entry.world, entry.api, entry.account, ...entry.faults];
  const more = [...behaviours.map(({ name }) => name), ...findings.flatMap(({ kind, text }) => [kind, text])];
  return {
    key: `${entry.world}/${entry.number}`,
    world: entry.world,
    number: entry.number,
    id: entry.request_number,
    at: entry.at,
    ms: entry.took_ms,
    api: entry.api || "",
    account: entry.account,
    method,
    url,
    status: entry.response.status,
    behaviours,
    findings,
    faults: entry.faults,
    text: [...words, ...more].join(" ").toLowerCase(),
  };
}

class Feed {
  rows = [];
  status = { connected: false, paused: false, more: false, waiting: 0 };
  #listeners = new Set();
  #arrived = [];
  #source = null;
  #loading = false;
  #drawing = 0;
  /** Every request up to this number is known. */
  #last = 0;
  /** The number of the oldest request that the server holds. */
  #oldest = 0;

  /** Loads the newest requests and listens for new ones, once. */
  async start() {
    if (this.#source || this.#loading) return;
    this.#loading = true;
    try {
      const list = await call("default", `journal${query({ world: "all", limit: FIRST_PAGE })}`);
      this.rows = list.entries.map(rowOf).reverse();
      this.#last = list.last_request;
      this.#oldest = list.first_held;
      this.#set({ more: list.matching > list.entries.length });
      this.#listen();
    } finally {
      this.#loading = false;
    }
  }

  #listen() {
    this.#source = new EventSource(adminUrl("default", `journal/events${query({ world: "all", after: this.#last })}`));
    this.#source.onopen = () => this.#set({ connected: true });
    this.#source.onerror = () => this.#set({ connected: false });
    this.#source.onmessage = ({ data }) => {
      const row = rowOf(JSON.parse(data));
      this.#last = Math.max(this.#last, row.id);
      this.#arrived.push(row);
      if (this.#arrived.length > MOST) this.#arrived.splice(0, this.#arrived.length - MOST);
      // Many requests may arrive between two frames.
      this.#drawing ||= setTimeout(() => this.#draw(), 100);
    };
  }

  #draw() {
    this.#drawing = 0;
    if (this.status.paused) return this.#set({ waiting: this.#arrived.length });
    const known = this.rows[0]?.id ?? 0;
    const fresh = this.#arrived.filter(({ id }) => id > known).reverse();
    this.#arrived = [];
    const rows = [...fresh, ...this.rows];
    const more = this.status.more || rows.length > MOST;
    this.rows = rows.slice(0, MOST);
    this.#set({ waiting: 0, more: more && this.rows.length < MOST });
  }

  /** Loads requests before the oldest known one. */
  async older() {
    let before = this.rows.at(-1)?.id;
    if (!before || this.#loading || !this.status.more) return;
    this.#loading = true;
    try {
      let older = [];
      // Numbers have gaps: requests to the admin API have numbers too, and journals forget.
      while (!older.length && before > this.#oldest) {
        const after = Math.max(0, before - 1 - PAGE);
        const { entries } = await call("default", `journal${query({ world: "all", after, limit: PAGE })}`);
        older = entries.map(rowOf).filter(({ id }) => id < before);
        before = after + 1;
      }
      this.rows = [...this.rows, ...older.reverse()].slice(0, MOST);
      this.#set({ more: before > this.#oldest && this.rows.length < MOST });
    } finally {
      this.#loading = false;
    }
  }

  pause(paused) {
    this.#set({ paused });
    if (!paused) this.#draw();
  }

  /** Begins anew, after journals were cleared. */
  restart() {
    this.#source?.close();
    this.#source = null;
    this.#arrived = [];
    this.rows = [];
    this.start().catch(() => {});
  }

  /** Nobody looks at a hidden page, and a browser has few connections to a server. */
  hide(hidden) {
    if (!this.#source) return;
    this.#source.close();
    this.#set({ connected: false });
    if (!hidden) this.#listen();
  }

  #set(change) {
    this.status = { ...this.status, ...change };
    this.#listeners.forEach((listener) => listener());
  }

  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export const feed = new Feed();
document.addEventListener("visibilitychange", () => feed.hide(document.hidden));

/** The rows and the status of the feed. */
export function useFeed() {
  const [state, setState] = useState({ rows: feed.rows, status: feed.status });
  useEffect(() => {
    feed.start().catch(() => {});
    return feed.listen(() => setState({ rows: feed.rows, status: feed.status }));
  }, []);
  return state;
}
