// One exchange: the request, the answer and why it is that, and what can be copied from it.

import { html, useEffect, useRef, useState } from "./htm-preact.js";
import { call } from "./api.js";
import { useCatalogue } from "./catalogue.js";
import { link } from "./route.js";
import { asCurl, asFixture, asPytest, asVerification } from "./snippets.js";
import { pretty } from "./text.js";
import { Copy, Grade, Loaded, Status, WithCode, useLoaded } from "./ui.js";

export function Exchange({ world, number, back }) {
  const loaded = useLoaded((signal) => call(world, `journal/${encodeURIComponent(number)}`, { signal }), [world, number]);
  return html`<section class="exchange" aria-label=${`Request ${number} of world ${world}`}>
    <a class="back" href=${back}>Close</a>
    <${Loaded} of=${loaded}>${(entry) => html`<${Details} entry=${entry} world=${world} />`}<//>
  </section>`;
}

function Details({ entry, world }) {
  const { request, response } = entry;
  const heading = useRef(null);
  const url = request.prefix + request.path + (request.query ? `?${request.query}` : "");
  return html`<header>
      <h2 ref=${heading}><span class="method">${request.method}</span> <span class="url">${url}</span></h2>
      <p class="facts">
        <${Status} code=${response.status} /> <span>${entry.api || "no API"}</span> <span>world ${world}</span>
        <span>number ${entry.number}</span> <span>account ${entry.account}</span> <span>${entry.took_ms} ms</span>
        <time datetime=${entry.at}>${entry.at}</time>
      </p>
    </header>
    <${Why} entry=${entry} />
    ${entry.findings.length > 0 && html`<${Findings} findings=${entry.findings} />`}
    <div class="actions" role="group" aria-label="Copy this exchange">
      <${Copy} label="Copy as curl" text=${() => asCurl(entry, world)} />
      <${Copy} label="as verification" text=${() => asVerification(entry)} what="as verification" />
      <${Copy} label="as fixture" text=${() => asFixture(entry, world)} what="as fixture" />
      <${Copy} label="as pytest test" text=${() => asPytest(entry)} what="as pytest test" />
    </div>
    <${Message} title="Request" headers=${request.headers} body=${request.body} />
    <${Message} title="Answer" headers=${response.headers} body=${response.body} />`;
}

/** Each behaviour of the answer in a sentence, with the line of the vendor's page. */
function Why({ entry }) {
  const catalogue = useCatalogue();
  const known = entry.behaviours.map((behaviour) => ({ ...catalogue.get(behaviour.name), ...behaviour }));
  return html`<div class="why">
    <h3>Why this answer</h3>
    ${known.map(
      (one) => html`<p>
        ${one.summary ? html`<${WithCode} text=${one.summary} />` : "This is a behaviour of the catalogue."}${" "}
        <a href=${link("coverage", [one.name])}><code>${one.name}</code></a>${" "}<${Grade} provenance=${one.provenance} />
        ${one.source && html`<span class="source"><${WithCode} text=${one.source} /></span>`}
      </p>`,
    )}
    ${!known.length && html`<p>${entry.api ? "The answer is none of the vendor's behaviours: the request never reached an endpoint." : "No API has this path, so the emulator answered itself."}</p>`}
    ${entry.faults.map((fault) => html`<p><span class="mark fault">fault</span> The fault <a href=${link("world")}><code>${fault}</code></a> was injected; what is shown is the intended answer.</p>`)}
  </div>`;
}

function Findings({ findings }) {
  return html`<div class="findings">
    <h3>Findings</h3>
    <ul>
      ${findings.map(
        ({ kind, text, source }) => html`<li><span class="mark ${kind}">${kind}</span> <span>${text}${source && html` <span class="source">${source}</span>`}</span></li>`,
      )}
    </ul>
  </div>`;
}

const LONG = 200000;

function Message({ title, headers, body }) {
  const [raw, setRaw] = useState(false);
  const [whole, setWhole] = useState(false);
  useEffect(() => setWhole(false), [body]);
  const text = body.text ?? body.base64 ?? "";
  const nice = pretty(text);
  const shown = raw ? text : nice;
  return html`<div class="message">
    <div class="message-head">
      <h3>${title}</h3>
      <span class="note">${body.size.toLocaleString("en")} bytes${body.base64 !== undefined && ", as base64"}</span>
      ${nice !== text && html`<button type="button" class="toggle" aria-pressed=${raw} onClick=${() => setRaw(!raw)}>Raw</button>`}
      ${text && html`<${Copy} text=${shown} what=${`the body of the ${title.toLowerCase()}`} />`}
    </div>
    <dl class="headers">
      ${Object.entries(headers).flatMap(([name, values]) => values.map((value) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`))}
    </dl>
    ${text
      ? html`<pre tabindex="0" role="group" aria-label=${`Body of the ${title.toLowerCase()}`}>${whole ? shown : shown.slice(0, LONG)}</pre>`
      : html`<p class="note">No body${body.size > 0 && " is kept in the journal"}.</p>`}
    ${!whole && shown.length > LONG && html`<button type="button" onClick=${() => setWhole(true)}>Show all ${shown.length.toLocaleString("en")} characters</button>`}
  </div>`;
}
