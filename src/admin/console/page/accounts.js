// Accounts: what to put into a client, per API and language.

import { html, useState } from "./htm-preact.js";
import { baseUrl, call } from "./api.js";
import { curlOf, exampleOf, javascriptOf, pythonOf } from "./snippets.js";
import { Copy, Loaded, useLoaded } from "./ui.js";

const LANGUAGES = { curl: curlOf, Python: pythonOf, JavaScript: javascriptOf };

export function Accounts({ world, tick }) {
  const loaded = useLoaded((signal) => call(world, "accounts", { signal }), [world, tick]);
  const [language, setLanguage] = useState("curl");
  return html`<div class="panel">
    <h1>Accounts of world ${world}</h1>
    <p class="note">What to put into a client. The credentials are made for tests. Every API of this world is below one base URL:</p>
    <p class="copy-line"><code>${baseUrl(world)}</code><${Copy} text=${baseUrl(world)} what="the base URL" /></p>
    <div class="segmented" role="group" aria-label="Language of the examples">
      ${Object.keys(LANGUAGES).map((name) => html`<button type="button" key=${name} aria-pressed=${language === name} onClick=${() => setLanguage(name)}>${name}</button>`)}
    </div>
    <${Loaded} of=${loaded}>${({ apis }) => apis.map((api) => html`<${Api} key=${api.api} api=${api} world=${world} language=${language} />`)}<//>
  </div>`;
}

function Api({ api, world, language }) {
  const all = api.accounts.length ? api.accounts : [{ name: "no account needed", credentials: [], limits: [], entitled: true, example: api.anonymous }];
  return html`<section id=${api.api}>
    <h2>${api.product} <code>${api.api}</code></h2>
    <div class="cards wide">
      ${all.map((account) => {
        const code = LANGUAGES[language](exampleOf(account.example, world));
        return html`<div class="card" key=${account.name}>
          <h3>${account.name} ${account.suspended && html`<span class="mark deviation">suspended</span>`} ${!account.entitled && html`<span class="mark near-miss">not entitled</span>`}</h3>
          ${account.credentials.length > 0 &&
          html`<dl class="credentials">
            ${account.credentials.map(({ name, value }) => html`<div key=${name}><dt>${name}</dt><dd><code>${value}</code><${Copy} text=${value} what=${`${name} of ${account.name}`} /></dd></div>`)}
          </dl>`}
          <${LimitMeters} limits=${account.limits} />
          <div class="code"><pre tabindex="0" role="group" aria-label=${`${language} example for ${account.name}`}>${code}</pre><${Copy} text=${code} what=${`the ${language} example for ${account.name}`} /></div>
        </div>`;
      })}
    </div>
  </section>`;
}

/** How far limits are used. */
export function LimitMeters({ limits }) {
  return limits.map(({ name, used, limit, resets_at: resets }) => {
    const share = limit ? Math.min(100, (used / limit) * 100) : 0;
    const level = share >= 100 ? "low" : share >= 80 ? "middle" : "high";
    const label = name.replaceAll("_", " ");
    return html`<div class="limit" key=${name}>
      <p><span>${label}</span><span>${limit === null ? `${used.toLocaleString("en")} used, no limit` : `${used.toLocaleString("en")} of ${limit.toLocaleString("en")}`}</span></p>
      ${limit !== null && html`<div class="meter" role="meter" aria-label=${label} aria-valuenow=${used} aria-valuemin="0" aria-valuemax=${Math.max(limit, used)}><span class=${level} style=${{ width: `${share}%` }}></span></div>`}
      ${resets && html`<p class="note">renewed at ${resets.replace("T", " ").slice(0, 19)}</p>`}
    </div>`;
  });
}
