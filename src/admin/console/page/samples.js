// Samples: search, hashes to copy, what each API would answer now, the queue of a sample, add and edit.

import { html, useEffect, useState } from "./htm-preact.js";
import { call, query } from "./api.js";
import { useWords } from "./catalogue.js";
import { go, link } from "./route.js";
import { yaml } from "./snippets.js";
import { pretty } from "./text.js";
import { Copy, Grade, Hash, Loaded, Outcome, Select, Status, Text, spanText, useAction, useLoaded } from "./ui.js";

const PAGE = 100;
const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/i;

export function Samples({ world, route, tick, changed, now }) {
  const [hash] = route.parts;
  const { q = "", verdict = "", from = "0" } = route.params;
  const set = (change) => go(link("samples", hash ? [hash] : [], { ...route.params, from: "", ...change }), true);
  const verdicts = useWords("VerdictWord");
  const isHash = HASH.test(q.trim());
  const offset = Number(from) || 0;
  const loaded = useLoaded(
    (signal) => (isHash ? byHash(world, q.trim(), signal) : call(world, `samples${query({ name: q, verdict, offset, limit: PAGE })}`, { signal })),
    [world, q, verdict, offset, tick],
  );
  return html`<div class="split ${hash ? "has-detail" : ""}">
    <h1 class="visually-hidden">Samples of world ${world}</h1>
    <div class="panel">
      <p class="title" aria-hidden="true">Samples of world ${world}</p>
      <div class="filter-grid" role="search" aria-label="Search samples">
        <${Text} label="Hash or name" type="search" value=${q} onInput=${(value) => set({ q: value })} placeholder="eicar, 44d88612fea8…" />
        <${Select} label="Verdict" value=${verdict} options=${[["", "any"], ...verdicts.map((word) => [word, word])]} onChange=${(value) => set({ verdict: value })} />
      </div>
      <${Loaded} of=${loaded}
        >${({ total, samples }) => html`<${List} samples=${samples} selected=${hash} route=${route} />
          <${Pages} total=${total} offset=${offset} shown=${samples.length} route=${route} />
          ${isHash && !samples.length && html`<p class="note">No sample has this hash. <a href=${link("samples", [q.trim().toLowerCase()], route.params)}>See what each API answers to it</a>.</p>`}`}<//
      >
      <${Waiting} world=${world} now=${now} tick=${tick} route=${route} />
      <${Add} world=${world} changed=${changed} />
    </div>
    ${hash && html`<${Sample} key=${hash} hash=${hash} world=${world} now=${now} tick=${tick} changed=${changed} back=${link("samples", [], route.params)} />`}
  </div>`;
}

/** The sample with this hash, in the form of a list. */
async function byHash(world, hash, signal) {
  const found = await call(world, `samples/${hash}`, { signal }).catch((error) => (error.status === 404 ? null : Promise.reject(error)));
  if (!found) return { total: 0, samples: [] };
  const { sample, verdict, origin, own } = found;
  return { total: 1, samples: [{ name: sample.name, sha256: sample.sha256, size: sample.size, verdict, origin, own }] };
}

function List({ samples, selected, route }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Samples"><table>
    <thead><tr><th>Name</th><th>Verdict</th><th class="number wide-only">Size</th><th>SHA-256</th><th class="wide-only">Origin</th></tr></thead>
    <tbody>
      ${samples.map(
        ({ name, sha256, verdict, size, origin, own }) => html`<tr key=${sha256} class=${selected === sha256 ? "selected" : ""}>
          <td><a href=${link("samples", [sha256], route.params)} aria-current=${selected === sha256 ? "true" : null}>${name}</a></td>
          <td><span class="verdict ${verdict}">${verdict || "none"}</span></td>
          <td class="number wide-only">${size.toLocaleString("en")}</td>
          <td><${Hash} value=${sha256} /></td>
          <td class="faint wide-only">${own ? "this world: " : ""}${origin}</td>
        </tr>`,
      )}
      ${!samples.length && html`<tr><td colspan="5" class="note">No sample matches.</td></tr>`}
    </tbody>
  </table></div>`;
}

function Pages({ total, offset, shown, route }) {
  const to = (from) => link("samples", route.parts, { ...route.params, from: from || "" });
  if (total <= PAGE) return html`<p class="note" role="status">${total.toLocaleString("en")} ${total === 1 ? "sample" : "samples"}</p>`;
  return html`<p class="note pages" role="status">
    ${offset > 0 && html`<a href=${to(Math.max(0, offset - PAGE))}>Previous</a>`}
    ${(offset + 1).toLocaleString("en")} to ${(offset + shown).toLocaleString("en")} of ${total.toLocaleString("en")}
    ${offset + shown < total && html`<a href=${to(offset + PAGE)}>Next</a>`}
  </p>`;
}

/** The analyses that wait in the world, with the time that is left on its clock. */
function Waiting({ world, now, tick, route }) {
  const loaded = useLoaded((signal) => call(world, "queue", { signal }), [world, tick]);
  const left = (ends) => (ends ? Date.parse(ends) - now : Infinity);
  const waiting = (loaded.data?.waiting || []).filter(({ ends_at: ends }) => left(ends) > 0);
  if (!waiting.length) return null;
  return html`<section class="queue" aria-label="Queue">
    <h2>Queue</h2>
    <ul>
      ${waiting.slice(0, 50).map(
        ({ name, sha256, engine, ends_at: ends }) => html`<li key=${sha256 + engine}>
          <a href=${link("samples", [sha256], route.params)}>${name || sha256}</a> <code>${engine}</code> <${Left} ms=${left(ends)} />
        </li>`,
      )}
    </ul>
    ${loaded.data.total > 50 && html`<p class="note">${loaded.data.total.toLocaleString("en")} wait; those that end next are shown.</p>`}
  </section>`;
}

/** The time that is left. */
const Left = ({ ms }) =>
  html`<span class="mark ${ms > 0 ? "near-miss" : "effect"}">${ms === Infinity ? "waits until it is completed" : ms > 0 ? `${spanText(ms)} left` : "done"}</span>`;

function Add({ world, changed }) {
  const [text, setText] = useState("samples:\n  - name: invoice.exe\n    content: any text\n    verdict: infected\n    threat: Win32.Emotet\n");
  const action = useAction();
  const add = (event) => {
    event.preventDefault();
    action.run(async () => {
      const loaded = await call(world, "samples", { method: "POST", body: text, type: "application/yaml" });
      changed();
      return loaded;
    }, ({ samples, replaced, accounts, rules, settings }) => `Loaded: ${samples} samples (${replaced} replaced), ${accounts} accounts, ${rules} rules, ${settings} settings.`);
  };
  return html`<details class="editor">
    <summary>Add samples</summary>
    <form onSubmit=${add}>
      <label class="field"><span>A fixture in YAML or JSON</span><textarea rows="9" spellcheck=${false} value=${text} onInput=${(event) => setText(event.target.value)}></textarea></label>
      <button type="submit">Load into world ${world}</button>
    </form>
    <${Outcome} ...${action} />
  </details>`;
}

function Sample({ hash, world, now, tick, changed, back }) {
  const loaded = useLoaded(
    (signal) => call(world, `samples/${hash}`, { signal }).catch((error) => (error.status === 404 ? null : Promise.reject(error))),
    [world, hash, tick],
  );
  return html`<section class="exchange detail" aria-label="Sample">
    <a class="back" href=${back}>Close</a>
    <${Loaded} of=${loaded}
      >${(found) => html`${found
          ? html`<${Facts} found=${found} world=${world} now=${now} changed=${changed} />`
          : html`<header><h2>An unknown hash</h2></header><p class="hashes"><${Hash} value=${hash} full=${true} /></p>`}
        <${Answers} hash=${hash} world=${world} tick=${tick} />
        ${found && html`<${Edit} found=${found} world=${world} changed=${changed} back=${back} />`}`}<//
    >
  </section>`;
}

function Facts({ found, world, now, changed }) {
  const { sample, verdict, origin, own, synthetic, analyses } = found;
  return html`<header>
      <h2>${sample.name}</h2>
      <p class="facts">
        <span class="verdict ${verdict}">${verdict || "no verdict"}</span> <span>${sample.threat}</span>
        <span>${sample.size.toLocaleString("en")} bytes</span> <span>${sample.type}</span> <span>${own ? `only in world ${world}` : origin}</span>
      </p>
    </header>
    <dl class="hashes">
      ${["md5", "sha1", "sha256", "sha512"].map(
        (kind) => html`<div key=${kind}><dt>${kind}${synthetic.includes(kind) && html` <span class="note">derived</span>`}</dt><dd><${Hash} value=${sample[kind]} full=${true} /></dd></div>`,
      )}
    </dl>
    <${Queue} analyses=${analyses} hash=${sample.sha256} world=${world} now=${now} changed=${changed} />`;
}

/** The analyses of a sample, with the time that is left on the world's clock. */
function Queue({ analyses, hash, world, now, changed }) {
  const action = useAction();
  const complete = () =>
    action.run(async () => {
      await call(world, `samples/${hash}/advance`, { method: "POST" });
      changed();
    }, "Completed.");
  const waiting = analyses.filter(({ ends_at: ends }) => !ends || Date.parse(ends) > now);
  return html`<div class="queue">
    <h3>Queue</h3>
    ${analyses.length
      ? html`<ul>
          ${analyses.map(({ engine, queued_at: queued, ends_at: ends }) => {
            const left = ends ? Date.parse(ends) - now : Infinity;
            return html`<li key=${engine}><code>${engine}</code> <span>queued ${queued.replace("T", " ").slice(0, 19)}</span>
              <${Left} ms=${left} /></li>`;
          })}
        </ul>`
      : html`<p class="note">Nothing was queued for this sample.</p>`}
    ${waiting.length > 0 && html`<button type="button" onClick=${complete}>Complete now</button>`}
    <${Outcome} ...${action} />
  </div>`;
}

function Answers({ hash, world, tick }) {
  const loaded = useLoaded((signal) => call(world, `samples/${hash}/answers`, { signal }), [world, hash, tick]);
  return html`<div class="answers">
    <h3>What each API would answer now</h3>
    <p class="note">Tried without effects: nothing is recorded, queued or counted, and no fault is injected.</p>
    <${Loaded} of=${loaded}
      >${({ answers }) => html`<div class="cards wide">
        ${answers.map(
          ({ api, product, request, response, behaviours }) => html`<div class="card" key=${api}>
            <h4>${product}</h4>
            <p class="facts"><${Status} code=${response.status} /> ${behaviours.map(({ name, provenance }) => html`<a href=${link("coverage", [name])}><code>${name.split("/")[1]}</code></a> <${Grade} provenance=${provenance} />`)}</p>
            <p class="request-line"><code>${request.method} ${request.path}</code></p>
            <div class="code"><pre tabindex="0" role="group" aria-label=${`Answer of ${product}`}>${pretty(response.body)}</pre><${Copy} text=${response.body} what=${`the answer of ${product}`} /></div>
          </div>`,
        )}
      </div>`}<//
    >
  </div>`;
}

function Edit({ found, world, changed, back }) {
  const { sample } = found;
  const action = useAction();
  const [text, setText] = useState("");
  useEffect(() => setText(yaml({ samples: [sample] })), [JSON.stringify(sample)]);
  const save = (event) => {
    event.preventDefault();
    action.run(async () => {
      await call(world, "samples", { method: "POST", body: text, type: "application/yaml" });
      changed();
    }, `Saved in world ${world}.`);
  };
  const remove = () =>
    action.run(async () => {
      await call(world, `samples/${sample.sha256}`, { method: "DELETE" });
      changed();
      go(back);
    });
  return html`<details class="editor">
    <summary>Edit or remove this sample</summary>
    <form onSubmit=${save}>
      <label class="field"><span>The sample as a fixture, with everything that was derived</span><textarea rows="16" spellcheck=${false} value=${text} onInput=${(event) => setText(event.target.value)}></textarea></label>
      <p class="line"><button type="submit">Save in world ${world}</button><${Copy} text=${text} label="Copy the fixture" /><button type="button" class="danger" onClick=${remove}>Remove from world ${world}</button></p>
    </form>
    <${Outcome} ...${action} />
  </details>`;
}
