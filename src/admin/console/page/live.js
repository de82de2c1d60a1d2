// Live: the requests of all worlds as they arrive, newest first.

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./htm-preact.js";
import { Exchange } from "./exchange.js";
import { feed, useFeed } from "./feed.js";
import { go, link } from "./route.js";
import { Grade, Marks, Select, Status, timeOf } from "./ui.js";

/** The filters, with what a row must have to pass. */
const FILTERS = {
  world: (row, value) => row.world === value,
  api: (row, value) => row.api === value,
  method: (row, value) => row.method === value,
  status: (row, value) => (value.endsWith("xx") ? String(row.status)[0] === value[0] : String(row.status) === value),
  behaviour: (row, value) => row.behaviours.some(({ name }) => name === value),
  grade: (row, value) => row.behaviours.some(({ provenance }) => provenance.includes(value)),
  account: (row, value) => row.account === value,
  finding: (row, value) => (value === "any" ? row.findings.length > 0 : row.findings.some(({ kind }) => kind === value)),
  fault: (row, value) => (value === "any" ? row.faults.length > 0 : row.faults.includes(value)),
  slower: (row, value) => row.ms >= Number(value),
  q: (row, value) => value.toLowerCase().split(/\s+/).every((word) => row.text.includes(word)),
};

export function Live({ route }) {
  const { rows, status } = useFeed();
  const filters = Object.entries(route.params).filter(([name, value]) => FILTERS[name] && value);
  const shown = useMemo(
    () => (filters.length ? rows.filter((row) => filters.every(([name, value]) => FILTERS[name](row, value))) : rows),
    [rows, location.hash],
  );
  const [world, number] = route.parts;
  const selected = number && `${world}/${number}`;
  // Rows that are not loaded yet may match: with a filter, older ones are loaded until there are enough.
  useEffect(() => {
    if (filters.length && shown.length < 100 && status.more) feed.older();
  }, [filters.length, shown.length, status]);
  useEffect(() => {
    const leave = (event) => event.key === "Escape" && selected && go(link("live", [], route.params));
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  }, [selected, route.params]);
  const set = (name, value) => go(link("live", route.parts, { ...route.params, [name]: value }), true);
  return html`<div class="live ${selected ? "has-exchange" : ""}">
    <h1 class="visually-hidden">Requests</h1>
    <section class="requests" aria-label="Requests">
      <${Filters} params=${route.params} rows=${rows} set=${set} active=${filters.length} status=${status} />
      <${Bar} shown=${shown.length} rows=${rows.length} status=${status} filtered=${filters.length} route=${route} />
      <${Rows} rows=${shown} selected=${selected} route=${route} />
    </section>
    ${selected && html`<${Exchange} key=${selected} world=${world} number=${number} back=${link("live", [], route.params)} />`}
  </div>`;
}

/** The different values of a field, to choose from. */
function values(rows, of, chosen, all) {
  const found = new Set(chosen ? [chosen] : []);
  rows.forEach((row) => [of(row)].flat().forEach((value) => value && found.add(value)));
  return [["", all], ...[...found].sort().map((value) => [value, value])];
}

function Filters({ params, rows, set, active, status }) {
  const [chosen, setOpen] = useState(null);
  const open = chosen ?? active > 0;
  const choice = (name, label, options) =>
    html`<${Select} label=${label} value=${params[name] || ""} options=${options} onChange=${(value) => set(name, value)} />`;
  const same = (words) => words.map((word) => [word, word]);
  return html`<div class="filters" role="search" aria-label="Filter requests">
    <div class="filter-line">
      <label class="field grow"
        ><span class="visually-hidden">Search requests</span
        ><input
          type="search"
          value=${params.q || ""}
          placeholder="Search: path, hash, behaviour, account, finding…"
          onInput=${(event) => set("q", event.target.value)}
      /></label>
      <button type="button" class="toggle" aria-expanded=${open} onClick=${() => setOpen(!open)}>
        Filters${active ? ` (${active})` : ""}
      </button>
      <button type="button" class="toggle" aria-pressed=${status.paused} onClick=${() => feed.pause(!status.paused)}>
        ${status.paused ? `Resume${status.waiting ? `, ${status.waiting} new` : ""}` : "Pause"}
      </button>
    </div>
    ${open &&
    html`<div class="filter-grid">
      ${choice("world", "World", values(rows, (row) => row.world, params.world, "all worlds"))}
      ${choice("api", "API", values(rows, (row) => row.api, params.api, "all APIs"))}
      ${choice("method", "Method", values(rows, (row) => row.method, params.method, "any"))}
      ${choice("status", "Status", [
        ["", "any"],
        ...same(["2xx", "3xx", "4xx", "5xx"]),
        ...values(rows, (row) => String(row.status), params.status?.endsWith("xx") ? "" : params.status).slice(1),
      ])}
      ${choice("behaviour", "Behaviour", values(rows, (row) => row.behaviours.map(({ name }) => name), params.behaviour, "any"))}
      ${choice("grade", "Grade", [["", "any"], ...same(["documented", "observed", "assumed"])])}
      ${choice("account", "Account", values(rows, (row) => row.account, params.account, "any"))}
      ${choice("finding", "Finding", [["", "with or without"], ["any", "any finding"], ...same(["near-miss", "deviation", "advice", "effect"])])}
      ${choice("fault", "Fault", [["", "with or without"], ["any", "any fault"], ...values(rows, (row) => row.faults, params.fault === "any" ? "" : params.fault).slice(1)])}
      ${choice("slower", "Duration", [["", "any"], ["10", "10 ms or more"], ["100", "100 ms or more"], ["1000", "1 s or more"]])}
    </div>`}
  </div>`;
}

function Bar({ shown, rows, status, filtered, route }) {
  const state = status.paused ? "Paused" : status.connected ? "Live" : "Connecting…";
  const count = filtered ? `${shown.toLocaleString("en")} of ${rows.toLocaleString("en")}` : rows.toLocaleString("en");
  const more = status.more ? " loaded, older ones on scrolling" : "";
  return html`<div class="bar">
    <p>
      <span class="dot ${status.paused ? "paused" : status.connected ? "on" : "off"}" aria-hidden="true"></span>
      ${`${state} · ${count} ${rows === 1 ? "request" : "requests"}${more}`}
    </p>
    ${filtered > 0 && html`<a href=${link("live", route.parts)}>Clear filters</a>`}
  </div>`;
}

const COLUMNS = ["Time", "World", "API", "Request", "Status", "Behaviour", "Grade", "Account", "ms", "Noticed"];

/** Only the rows in sight are in the document, so that ten thousand stay smooth. */
function Rows({ rows, selected, route }) {
  const box = useRef(null);
  const [view, setView] = useState({ top: 0, height: 900, row: 34 });
  const measure = () => {
    const { scrollTop, clientHeight } = box.current;
    const row = parseFloat(getComputedStyle(box.current).getPropertyValue("--row")) || 34;
    setView((old) => (old.top === scrollTop && old.height === clientHeight && old.row === row ? old : { top: scrollTop, height: clientHeight, row }));
    if (scrollTop + clientHeight * 2 > rows.length * row) feed.older();
  };
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  // New rows come in at the top. Who has scrolled down keeps the rows in sight in place.
  const first = useRef();
  useLayoutEffect(() => {
    const before = first.current;
    const added = before ? rows.findIndex((row) => row.key === before) : 0;
    if (added > 0 && box.current.scrollTop > 0) box.current.scrollTop += added * view.row;
    first.current = rows[0]?.key;
  }, [rows]);
  const from = Math.max(0, Math.floor(view.top / view.row) - 8);
  const to = Math.min(rows.length, Math.ceil((view.top + view.height) / view.row) + 8);
  const open = (row, replace) => go(link("live", [row.world, String(row.number)], route.params), replace);
  const keys = (event) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const at = rows.findIndex((row) => row.key === (selected || document.activeElement?.dataset.row));
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
    if (!next) return;
    const place = rows.indexOf(next) * view.row;
    const { scrollTop, clientHeight } = box.current;
    if (place < scrollTop) box.current.scrollTop = place;
    if (place + view.row * 2 > scrollTop + clientHeight) box.current.scrollTop = place + view.row * 2 - clientHeight;
    open(next, true);
    requestAnimationFrame(() => box.current?.querySelector(`[data-row="${CSS.escape(next.key)}"]`)?.focus());
  };
  return html`<div class="rows" ref=${box} onScroll=${measure} onKeyDown=${keys} tabindex="0" role="table" aria-label="Requests, newest first" aria-rowcount=${rows.length + 1}>
    <div role="rowgroup" class="head">
      <div role="row" aria-rowindex="1" class="row">${COLUMNS.map((name) => html`<span role="columnheader" class="c-${name.toLowerCase()}">${name}</span>`)}</div>
    </div>
    <div role="rowgroup" class="body" style=${{ height: `${rows.length * view.row}px` }}>
      ${rows.slice(from, to).map(
        (row, at) => html`<${Row} key=${row.key} row=${row} index=${from + at} top=${(from + at) * view.row} selected=${row.key === selected} open=${open} route=${route} />`,
      )}
      ${!rows.length && html`<div role="row"><p role="cell" class="note pad">${Object.keys(route.params).length ? "No request matches." : "No requests yet. Point a client at this server: the Accounts panel says how."}</p></div>`}
    </div>
  </div>`;
}

function Row({ row, index, top, selected, open, route }) {
  const [main] = row.behaviours;
  return html`<div
    role="row"
    aria-rowindex=${index + 2}
    aria-current=${selected ? "true" : null}
    class="row entry ${selected ? "selected" : ""} ${row.findings.length || row.faults.length ? "noticed" : ""}"
    style=${{ transform: `translateY(${top}px)` }}
    onClick=${(event) => event.target.closest("a") || open(row)}
  >
    <span role="cell" class="c-time"><time datetime=${row.at} title=${row.at}>${timeOf(row.at)}</time></span>
    <span role="cell" class="c-world" title=${row.world}>${row.world}</span>
    <span role="cell" class="c-api" title=${row.api}>${row.api || "–"}</span>
    <span role="cell" class="c-request"
      ><a data-row=${row.key} href=${link("live", [row.world, String(row.number)], route.params)} title=${row.url}
        ><b>${row.method}</b> ${row.url}</a
      ></span
    >
    <span role="cell" class="c-status"><${Status} code=${row.status} /></span>
    <span role="cell" class="c-behaviour" title=${main?.name}>${main ? main.name.split("/")[1] : "–"}${row.behaviours.length > 1 && ` +${row.behaviours.length - 1}`}</span>
    <span role="cell" class="c-grade">${main && html`<${Grade} provenance=${main.provenance} />`}</span>
    <span role="cell" class="c-account" title=${row.account}>${row.account}</span>
    <span role="cell" class="c-ms">${row.ms < 10 ? row.ms.toFixed(1) : Math.round(row.ms)}</span>
    <span role="cell" class="c-noticed"><${Marks} row=${row} /></span>
  </div>`;
}
