// World: the clock, what is reset, limits, faults, scenarios and settings of the chosen world.

import { html, useState } from "./htm-preact.js";
import { call } from "./api.js";
import { useWords } from "./catalogue.js";
import { feed } from "./feed.js";
import { LimitMeters } from "./accounts.js";
import { link } from "./route.js";
import { Grade, Loaded, Outcome, Select, Text, WithCode, useAction, useLoaded } from "./ui.js";

export function WorldPanel({ world, changed, tick }) {
  return html`<div class="panel">
    <h1>World ${world}</h1>
    <div class="columns">
      <${ClockCard} world=${world} changed=${changed} />
      <${ResetCard} world=${world} changed=${changed} />
    </div>
    <${Limits} world=${world} tick=${tick} />
    <${Scenarios} world=${world} changed=${changed} tick=${tick} />
    <${Faults} world=${world} changed=${changed} tick=${tick} />
    <${Settings} world=${world} changed=${changed} tick=${tick} />
  </div>`;
}

function ClockCard({ world, changed }) {
  const [at, setAt] = useState("");
  const action = useAction();
  const set = (event) => {
    event.preventDefault();
    action.run(async () => {
      await call(world, "clock", { method: "PUT", body: { at } });
      changed();
    }, "Set.");
  };
  const real = () =>
    action.run(async () => {
      await call(world, "clock", { method: "DELETE" });
      changed();
    }, "The clock shows real time.");
  return html`<section class="card">
    <h2>Clock</h2>
    <form class="line" onSubmit=${set}>
      <${Text} label="Set the clock to" value=${at} onInput=${setAt} placeholder="2026-03-01T12:00:00Z, +2d, -1h" required=${true} />
      <button type="submit">Set</button>
      <button type="button" onClick=${real}>Back to real time</button>
    </form>
    <${Outcome} ...${action} />
  </section>`;
}

function ResetCard({ world, changed }) {
  const all = useWords("PartName");
  const [left, setLeft] = useState([]);
  const parts = all.filter((part) => !left.includes(part));
  const action = useAction();
  const [confirming, setConfirming] = useState(false);
  const toggle = (part) => setLeft(left.includes(part) ? left.filter((other) => other !== part) : [...left, part]);
  const reset = () =>
    action.run(async () => {
      const body = left.length ? { parts } : {};
      const { reset } = await call(world, "reset", { method: "POST", body });
      feed.restart();
      changed();
      return reset;
    }, (reset) => `Reset: ${reset.join(", ")}.`);
  const remove = () =>
    action.run(async () => {
      await call("default", `worlds/${encodeURIComponent(world)}`, { method: "DELETE" });
      setConfirming(false);
      changed("default");
    }, "Removed.");
  return html`<section class="card">
    <h2>Reset to the fixtures</h2>
    <fieldset class="checks">
      <legend class="visually-hidden">Parts to reset</legend>
      ${all.map((part) => html`<label key=${part}><input type="checkbox" checked=${parts.includes(part)} onChange=${() => toggle(part)} /> ${part}</label>`)}
    </fieldset>
    <p class="line">
      <button type="button" disabled=${!parts.length} onClick=${reset}>Reset ${left.length ? parts.join(", ") : "everything"}</button>
      ${world !== "default" &&
      (confirming
        ? html`<button type="button" class="danger" onClick=${remove}>Remove world ${world}</button><button type="button" onClick=${() => setConfirming(false)}>Keep it</button>`
        : html`<button type="button" class="danger" onClick=${() => setConfirming(true)}>Remove the world…</button>`)}
    </p>
    <${Outcome} ...${action} />
  </section>`;
}

function Limits({ world, tick }) {
  const loaded = useLoaded((signal) => call(world, "accounts", { signal }), [world, tick]);
  const limited = ({ apis }) => apis.flatMap(({ api, accounts }) => accounts.filter(({ limits }) => limits.length).map((account) => ({ api, ...account })));
  return html`<section>
    <h2>Limits and quotas</h2>
    <${Loaded} of=${loaded}
      >${(data) => html`<div class="cards">
        ${limited(data).map(
          (account) => html`<div class="card" key=${account.api + account.name}>
            <h3>${account.name} <code>${account.api}</code></h3>
            <${LimitMeters} limits=${account.limits} />
          </div>`,
        )}
        ${!limited(data).length && html`<p class="note">No account has limits.</p>`}
      </div>`}<//
    >
  </section>`;
}

function Scenarios({ world, changed, tick }) {
  const loaded = useLoaded((signal) => call(world, "scenarios", { signal }), [world, tick]);
  const apis = useLoaded((signal) => call(world, "accounts", { signal }), [world]);
  const [api, setApi] = useState("");
  const action = useAction();
  const toggle = ({ name, active }) =>
    action.run(async () => {
      await call(world, `scenarios/${encodeURIComponent(name)}`, active ? { method: "DELETE" } : { method: "PUT", body: api ? { api } : {} });
      changed();
    }, active ? `${name} is off.` : `${name} is on.`);
  const names = (apis.data?.apis || []).map(({ api }) => [api, api]);
  return html`<section>
    <div class="section-head">
      <h2>Scenarios</h2>
      <${Select} label="Start for" value=${api} options=${[["", "all APIs"], ...names]} onChange=${setApi} />
    </div>
    <${Loaded} of=${loaded}
      >${({ scenarios }) => html`<ul class="switches">
        ${scenarios.map(
          (scenario) => html`<li key=${scenario.name}>
            <button type="button" role="switch" aria-checked=${scenario.active} onClick=${() => toggle(scenario)}>${scenario.name}</button>
            <span><${WithCode} text=${scenario.summary} /></span>
          </li>`,
        )}
      </ul>`}<//
    >
    <${Outcome} ...${action} />
  </section>`;
}

const EXAMPLE_RULE = JSON.stringify({ when: { next: 1 }, then: { status: 503, retry_after: 30 } }, null, 2);

function Faults({ world, changed, tick }) {
  const loaded = useLoaded((signal) => call(world, "faults", { signal }), [world, tick]);
  const [rule, setRule] = useState(EXAMPLE_RULE);
  const action = useAction();
  const remove = (id) =>
    action.run(async () => {
      await call(world, `faults${id ? `/${encodeURIComponent(id)}` : ""}`, { method: "DELETE" });
      changed();
    }, "Removed.");
  const add = (event) => {
    event.preventDefault();
    action.run(async () => {
      const added = await call(world, "faults", { method: "POST", body: rule });
      changed();
      return added;
    }, (added) => `Added ${added.id}.`);
  };
  return html`<section>
    <h2>Faults</h2>
    <${Loaded} of=${loaded}
      >${({ faults }) =>
        faults.length
          ? html`<div class="scroll" tabindex="0" role="region" aria-label="Fault rules"><table>
              <thead><tr><th>Id</th><th>Matches</th><th>When</th><th>Then</th><th>Fired</th><th><span class="visually-hidden">Actions</span></th></tr></thead>
              <tbody>
                ${faults.map(
                  (fault) => html`<tr key=${fault.id}>
                    <td><code>${fault.id}</code></td>
                    <td><code>${Object.keys(fault.match).length ? JSON.stringify(fault.match) : "everything"}</code></td>
                    <td><code>${typeof fault.when === "string" ? fault.when : JSON.stringify(fault.when)}</code></td>
                    <td><code class="wrap">${JSON.stringify(fault.then)}</code></td>
                    <td class="number">${fault.fired} of ${fault.seen}</td>
                    <td><button type="button" aria-label=${`Remove fault ${fault.id}`} onClick=${() => remove(fault.id)}>Remove</button></td>
                  </tr>`,
                )}
              </tbody>
            </table></div>
            <p><button type="button" class="danger" onClick=${() => remove("")}>Remove all faults</button></p>`
          : html`<p class="note">No fault is injected.</p>`}<//
    >
    <details class="editor">
      <summary>Add a fault rule</summary>
      <form onSubmit=${add}>
        <label class="field"><span>Rule as JSON: match, when, then</span><textarea rows="6" spellcheck=${false} value=${rule} onInput=${(event) => setRule(event.target.value)}></textarea></label>
        <button type="submit">Add the rule</button>
      </form>
    </details>
    <${Outcome} ...${action} />
  </section>`;
}

function Settings({ world, changed, tick }) {
  const loaded = useLoaded((signal) => call(world, "settings", { signal }), [world, tick]);
  const [part, setPart] = useState("");
  return html`<section>
    <div class="section-head">
      <h2>Settings</h2>
      <${Text} label="Find a setting" type="search" value=${part} onInput=${setPart} />
    </div>
    <${Loaded} of=${loaded}
      >${({ settings }) => html`<div class="scroll" tabindex="0" role="region" aria-label="Settings"><table class="settings">
        <thead><tr><th>Setting</th><th>Value</th><th>What it does</th><th>Switches</th></tr></thead>
        <tbody>
          ${settings
            .filter(({ name, summary }) => `${name} ${summary}`.toLowerCase().includes(part.toLowerCase()))
            .map((setting) => html`<${Setting} key=${setting.name + setting.value} setting=${setting} world=${world} changed=${changed} />`)}
        </tbody>
      </table></div>`}<//
    >
  </section>`;
}

function Setting({ setting, world, changed }) {
  const { name, value, allowed, summary, scope, behaviours } = setting;
  const [text, setText] = useState(value);
  const action = useAction();
  const put = (next) =>
    action.run(async () => {
      await call(world, `settings/${encodeURIComponent(name)}`, { method: "PUT", body: { value: next } });
      changed();
    });
  const reset = () =>
    action.run(async () => {
      await call(world, `settings/${encodeURIComponent(name)}`, { method: "DELETE" });
      changed();
    });
  const words = allowed === "true or false" ? ["true", "false"] : /^[\w.-]+(, [\w.-]+)+$/.test(allowed) ? allowed.split(", ") : null;
  const label = `Value of ${name}`;
  const field = words
    ? html`<select aria-label=${label} value=${value} onChange=${(event) => put(event.target.value)}>${words.map((word) => html`<option key=${word} value=${word}>${word}</option>`)}</select>`
    : html`<form class="line" onSubmit=${(event) => (event.preventDefault(), put(text))}>
        <input aria-label=${label} value=${text} onInput=${(event) => setText(event.target.value)} />
        ${text !== value && html`<button type="submit">Save</button>`}
      </form>`;
  return html`<tr class=${value === setting.default ? "" : "changed"}>
    <th scope="row"><code>${name}</code></th>
    <td>
      ${scope === "server" ? html`<code>${value}</code> <span class="note">set at the start</span>` : field}
      ${value !== setting.default && scope !== "server" && html`<button type="button" aria-label=${`Reset ${name}`} onClick=${reset}>Reset</button> <span class="note">default ${setting.default || "empty"}</span>`}
      ${action.error && html`<${Outcome} error=${action.error} />`}
    </td>
    <td><${WithCode} text=${summary} /> ${!words && html`<span class="note">${allowed}</span>`}</td>
    <td><${Switched} behaviours=${behaviours} /></td>
  </tr>`;
}

/** The behaviours that a setting switches, of each how well it is known. */
function Switched({ behaviours }) {
  if (!behaviours.length) return html`<span class="note">scandouble itself</span>`;
  return html`<ul class="switched">
    ${behaviours.map(({ name, provenance }) => html`<li key=${name}><a href=${link("coverage", [name])}><code>${name.split("/")[1]}</code></a> <${Grade} provenance=${provenance} /></li>`)}
  </ul>`;
}
