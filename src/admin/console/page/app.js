// The frame of the console: the world bar, the panels, and the question for the admin token.

import { html, render, useCallback, useEffect, useRef, useState } from "./htm-preact.js";
import { adminUrl, call, onLoginNeeded } from "./api.js";
import { Accounts } from "./accounts.js";
import { Coverage } from "./coverage.js";
import { feed } from "./feed.js";
import { Live } from "./live.js";
import { go, link, useRoute } from "./route.js";
import { Samples } from "./samples.js";
import { WorldPanel } from "./world.js";
import { Outcome, Text, useAction, useLoaded } from "./ui.js";

const PANELS = { live: "Live", samples: "Samples", world: "World", accounts: "Accounts", coverage: "Coverage" };

function App() {
  const route = useRoute();
  const { world } = route;
  const [tick, setTick] = useState(0);
  const [login, setLogin] = useState(false);
  useEffect(() => onLoginNeeded(() => setLogin(true)), []);
  // After a change everything is loaded again; a removed world leads to another one.
  const changed = useCallback((next) => {
    setTick((tick) => tick + 1);
    if (typeof next === "string") go(link("live", [], {}, next));
  }, []);
  const clock = useClock(world, tick);
  useEffect(() => {
    document.title = `${PANELS[route.panel] || "Console"} · ${world} · scandouble`;
  }, [route.panel, world]);
  const props = { world, route, tick, changed, now: clock.now };
  const panels = {
    live: () => html`<${Live} ...${props} />`,
    samples: () => html`<${Samples} ...${props} />`,
    world: () => html`<${WorldPanel} ...${props} key=${world} />`,
    accounts: () => html`<${Accounts} ...${props} />`,
    coverage: () => html`<${Coverage} ...${props} />`,
  };
  const signedIn = () => {
    setLogin(false);
    feed.restart();
    changed();
  };
  return html`<a class="skip" href="#main" onClick=${(event) => (event.preventDefault(), document.getElementById("main").focus())}>Skip to content</a>
    <header class="top">
      <a class="brand" href=${link("live")}><img src="console/icon.svg" alt="" width="22" height="22" /><span>scandouble</span></a>
      <nav aria-label="Panels">
        ${Object.entries(PANELS).map(([name, title]) => html`<a key=${name} href=${link(name)} aria-current=${route.panel === name ? "page" : null}>${title}</a>`)}
        <a href=${adminUrl(world, "console/reference/admin")}>API</a>
      </nav>
      <${WorldBar} world=${world} route=${route} clock=${clock} tick=${tick} changed=${changed} />
    </header>
    <main id="main" tabindex="-1" class=${`at-${route.panel}`}>
      ${login ? html`<${Login} done=${signedIn} />` : (panels[route.panel] || (() => html`<p class="note pad">There is no such panel. <a href=${link("live")}>Go to the requests</a>.</p>`))()}
    </main>`;
}

/** The clock of a world: read again after a change and every few seconds, and counted on in between. */
function useClock(world, tick) {
  const loaded = useLoaded((signal) => call(world, "clock", { signal }).then((clock) => ({ ...clock, read: Date.now() })), [world, tick]);
  const [, draw] = useState(0);
  useEffect(() => {
    const counting = setInterval(() => draw((count) => count + 1), 1000);
    const reading = setInterval(() => document.hidden || loaded.reload(), 10000);
    return () => (clearInterval(counting), clearInterval(reading));
  }, []);
  const { data } = loaded;
  const now = data ? Date.parse(data.now) + (data.frozen ? 0 : Date.now() - data.read) : Date.now();
  return { ...data, now, known: data !== undefined };
}

function WorldBar({ world, route, clock, tick, changed }) {
  const worlds = useLoaded((signal) => call("default", "worlds", { signal }), [tick]);
  const [creating, setCreating] = useState(false);
  const action = useAction();
  useEffect(() => {
    const reading = setInterval(() => document.hidden || worlds.reload(), 10000);
    return () => clearInterval(reading);
  }, []);
  const known = worlds.data?.worlds || [];
  const names = [...new Set(["default", world, ...known.map(({ name }) => name)])];
  const choose = (name) => (name === "\n" ? setCreating(true) : go(link(route.panel, [], {}, name)));
  const act = (path, method, body) => action.run(async () => (await call(world, path, { method, body }), changed()));
  const faults = known.find(({ name }) => name === world)?.faults;
  const text = new Date(clock.now).toISOString().replace("T", " ").slice(0, 19);
  return html`<div class="world-bar" role="group" aria-label="World and clock">
    <label class="world-choice"
      ><span>World</span
      ><select value=${world} onChange=${(event) => choose(event.target.value)}>
        ${names.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
        <option value=${"\n"}>New world…</option>
      </select></label
    >
    ${creating && html`<${NewWorld} close=${() => setCreating(false)} created=${(name) => (setCreating(false), changed(), go(link(route.panel, [], {}, name)))} />`}
    <span class="clock ${clock.frozen ? "frozen" : clock.real === false ? "moved" : ""}" title=${clock.frozen ? "The clock is frozen" : clock.real === false ? "The clock was moved" : "Real time"}>
      <time datetime=${text}>${clock.known ? text : "…"}</time><small>${clock.frozen ? "frozen" : clock.real === false ? "moved" : "UTC"}</small>
    </span>
    <button type="button" aria-pressed=${Boolean(clock.frozen)} onClick=${() => act("clock", "PUT", { frozen: !clock.frozen })}>Freeze</button>
    <button type="button" onClick=${() => act("clock/advance", "POST", { by: "90s" })}>+90 s</button>
    <button type="button" onClick=${() => act("clock/advance", "POST", { by: "24h" })}>+24 h</button>
    ${faults > 0 && html`<a class="mark fault" href=${link("world")}>${faults} ${faults === 1 ? "fault" : "faults"}</a>`}
    ${action.error && html`<${Outcome} error=${action.error} />`}
  </div>`;
}

function NewWorld({ close, created }) {
  const [name, setName] = useState("");
  const action = useAction();
  const create = (event) => {
    event.preventDefault();
    action.run(async () => {
      await call("default", `worlds/${encodeURIComponent(name)}`, { method: "PUT" });
      created(name);
    });
  };
  const field = useRef(null);
  useEffect(() => field.current.querySelector("input").focus(), []);
  return html`<form class="new-world" ref=${field} onSubmit=${create} onKeyDown=${(event) => event.key === "Escape" && close()}>
    <${Text} label="Name of the new world" value=${name} onInput=${setName} required=${true} />
    <button type="submit">Create</button>
    <button type="button" onClick=${close}>Cancel</button>
    <${Outcome} ...${action} />
  </form>`;
}

/** Asks for the admin token once; the browser keeps a session cookie that scripts cannot read. */
function Login({ done }) {
  const [token, setToken] = useState("");
  const action = useAction();
  const send = (event) => {
    event.preventDefault();
    action.run(async () => {
      await call("default", "console/session", { method: "POST", body: { token } });
      done();
    });
  };
  return html`<form class="login card" onSubmit=${send}>
    <h1>Admin token</h1>
    <p>This server was started with <code>--admin-token</code>. The token is asked for once and kept until you close the browser or the server stops.</p>
    <${Text} label="Token" type="password" value=${token} onInput=${setToken} required=${true} autocomplete="current-password" />
    <button type="submit" class="primary">Open the console</button>
    <${Outcome} ...${action} />
  </form>`;
}

const app = document.getElementById("app");
app.textContent = "";
render(html`<${App} />`, app);
