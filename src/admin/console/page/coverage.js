// Coverage: the behaviours of each API, exercised or not, with their definitions and their requests.

import { html, useEffect } from "./htm-preact.js";
import { call, query } from "./api.js";
import { useCatalogue } from "./catalogue.js";
import { go, link } from "./route.js";
import { Grade, Loaded, Select, Text, WithCode, useLoaded } from "./ui.js";

export function Coverage({ world, route, tick }) {
  const { show = "", q = "", scope = "all", api = "" } = route.params;
  const [open] = route.parts;
  const loaded = useLoaded((signal) => call(world, `coverage${query({ world: scope === "all" ? "all" : "" })}`, { signal }), [world, scope, tick]);
  const catalogue = useCatalogue();
  const set = (name, value) => go(link("coverage", open ? [open] : [], { ...route.params, [name]: value }), true);
  const matches = (api, row) => {
    if (show === "never" && (row.count > 0 || !row.in_scope)) return false;
    if (show === "exercised" && !row.count) return false;
    return `${api}/${row.id} ${row.summary}`.toLowerCase().includes(q.toLowerCase());
  };
  return html`<div class="panel">
    <h1>Coverage</h1>
    <div class="filter-grid">
      <${Select} label="Of" value=${scope} options=${[["all", "all worlds"], ["world", `world ${world}`]]} onChange=${(value) => set("scope", value)} />
      <${Select} label="Show" value=${show} options=${[["", "all behaviours"], ["never", "never exercised"], ["exercised", "exercised"]]} onChange=${(value) => set("show", value)} />
      <${Select} label="API" value=${api} options=${[["", "all APIs"], ...(loaded.data?.apis || []).map(({ api }) => [api, api])]} onChange=${(value) => set("api", value)} />
      <${Text} label="Find a behaviour" type="search" value=${q} onInput=${(value) => set("q", value)} />
    </div>
    <${Loaded} of=${loaded}
      >${({ total, apis }) => {
        const shown = apis.filter((one) => !api || one.api === api);
        return html`<div class="cards figures">
            <${Share} title="All APIs" share=${total} />
            ${apis.map((one) => html`<${Share} key=${one.api} title=${one.product} share=${one} />`)}
          </div>
          ${shown.map((one) => html`<${Api} key=${one.api} api=${one} rows=${one.behaviours.filter((row) => matches(one.api, row))} catalogue=${catalogue} open=${open} scope=${scope} world=${world} route=${route} />`)}`;
      }}<//
    >
  </div>`;
}

function Share({ title, share: { percent, exercised, in_scope: inScope } }) {
  const level = percent >= 80 ? "high" : percent >= 50 ? "middle" : "low";
  return html`<div class="card">
    <h2>${title}</h2>
    <p class="figure">${percent}<small> %</small></p>
    <div class="meter"><span class=${level} style=${{ width: `${percent}%` }}></span></div>
    <p class="note">${exercised} of ${inScope} behaviours</p>
  </div>`;
}

function Api({ api, rows, catalogue, open, scope, world, route }) {
  if (!rows.length) return null;
  return html`<section>
    <h2>${api.product} <code>${api.api}</code></h2>
    <div class="scroll" tabindex="0" role="region" aria-label=${`Behaviours of ${api.product}`}><table class="behaviours">
      <thead><tr><th class="count">Answered</th><th>Behaviour</th><th>When</th><th>Grade</th></tr></thead>
      <tbody>
        ${rows.map((row) => {
          const name = `${api.api}/${row.id}`;
          return html`<${Behaviour} key=${name} row=${row} name=${name} known=${catalogue.get(name)} isOpen=${open === name} scope=${scope} world=${world} route=${route} />`;
        })}
      </tbody>
    </table></div>
  </section>`;
}

function Behaviour({ row, name, known, isOpen, scope, world, route }) {
  const requests = link("live", [], { behaviour: name, world: scope === "all" ? "" : world });
  const kind = row.count ? "done" : row.in_scope ? "never" : "out";
  useEffect(() => {
    if (isOpen) document.getElementById(name)?.scrollIntoView({ block: "center" });
  }, [isOpen]);
  return html`<tr id=${name} class="${kind} ${isOpen ? "open" : ""}">
    <td class="count">${row.count ? html`<a href=${requests} aria-label=${`${row.count} requests with ${name}`}>${row.count}</a>` : html`<span>${row.in_scope ? "never" : "out of scope"}</span>`}</td>
    <td><a href=${link("coverage", isOpen ? [] : [name], route.params)} aria-expanded=${isOpen}><code>${row.id}</code></a></td>
    <td class="when">
      <${WithCode} text=${row.summary} />
      ${isOpen &&
      known &&
      html`<dl class="definition">
        <div><dt>Source</dt><dd><${WithCode} text=${known.source} /></dd></div>
        <div><dt>Status</dt><dd>${known.grade.status}</dd></div>
        <div><dt>Body</dt><dd>${known.grade.body}</dd></div>
        ${known.settings.length > 0 && html`<div><dt>Settings</dt><dd>${known.settings.map((name) => html`<code key=${name}>${name}</code> `)}</dd></div>`}
        <div><dt>Since</dt><dd>${known.since}</dd></div>
      </dl>`}
    </td>
    <td><${Grade} provenance=${row.provenance} /></td>
  </tr>`;
}
