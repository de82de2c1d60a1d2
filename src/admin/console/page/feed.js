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
  const world = entry.world || "default";
  const words = [method, url, entry.response.status, world, entry.api, entry.account, ...entry.faults];
  const more = [...behaviours.map(({ name }) => name), ...findings.flatMap(({ kind, text }) => [kind, text])];
  return {
    key: `${world}/${entry.number}`,
    world,
    number: entry.number,
    id: entry.request_number ?? entry.number,
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

  /** Loads the newest requests and listens for new ones, once. */
  async start() {
    if (this.#source || this.#loading) return;
    this.#loading = true;
    try {
      const { entries, matching } = await call("default", `journal${query({ world: "all", limit: FIRST_PAGE })}`);
      this.rows = entries.map(rowOf).reverse();
      this.#set({ more: matching > entries.length });
      this.#listen();
    } finally {
      this.#loading = false;
    }
  }

  #listen() {
    const since = this.rows[0]?.id ?? 0;
    this.#source = new EventSource(adminUrl("default", `journal/events${query({ world: "all", since })}`));
    this.#source.onopen = () => this.#set({ connected: true });
    this.#source.onerror = () => this.#set({ connected: false });
    this.#source.onmessage = ({ data }) => {
      this.#arrived.push(rowOf(JSON.parse(data)));
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

  /** Loads the page of requests before the oldest known one. */
  async older() {
    const last = this.rows.at(-1);
    if (!last || this.#loading || !this.status.more) return;
    this.#loading = true;
    try {
      const { entries } = await call("default", `journal${query({ world: "all", before: last.id, limit: PAGE })}`);
      this.rows = [...this.rows, ...entries.map(rowOf).reverse()].slice(0, MOST);
      this.#set({ more: entries.length === PAGE && this.rows.length < MOST });
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

/** The rows and the status of the feed. */
export function useFeed() {
  const [state, setState] = useState({ rows: feed.rows, status: feed.status });
  useEffect(() => {
    feed.start().catch(() => {});
    return feed.listen(() => setState({ rows: feed.rows, status: feed.status }));
  }, []);
  return state;
}
