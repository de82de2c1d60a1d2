// API reference: the operations of the OpenAPI documents, with requests that can be sent.

import { html, useMemo, useState } from "./htm-preact.js";
import { call, needLogin, worldPrefix } from "./api.js";
import { go, link } from "./route.js";
import { Copy, Loaded, Outcome, Select, Status, Text, WithCode, pretty, useAction, useLoaded } from "./ui.js";

const METHODS = ["get", "head", "post", "put", "patch", "delete", "options"];

export function Reference({ world, route }) {
  const [name = "admin"] = route.parts;
  const accounts = useLoaded((signal) => call(world, "accounts", { signal }), [world]);
  const apis = accounts.data?.apis || [];
  const path = name === "admin" ? "openapi.json" : `openapi/${encodeURIComponent(name)}.json`;
  const loaded = useLoaded((signal) => call("default", path, { signal }), [name]);
  const names = [["admin", "admin API"], ...apis.map(({ api, product }) => [api, product])];
  return html`<div class="panel">
    <h1>API reference</h1>
    <div class="filter-grid">
      <${Select} label="API" value=${name} options=${names} onChange=${(value) => go(link("api", [value]))} />
      <${Text} label="Find an operation" type="search" value=${route.params.q || ""} onInput=${(q) => go(link("api", route.parts, { q }), true)} />
    </div>
    <${Loaded} of=${loaded}
      >${(document) => html`<${Document} key=${name} document=${document} part=${route.params.q || ""} world=${world} isAdmin=${name === "admin"} api=${apis.find(({ api }) => api === name)} />`}<//
    >
  </div>`;
}

/** What a `$ref` leads to. */
function resolve(document, value, depth = 0) {
  if (!value?.$ref || depth > 8) return value || {};
  const found = value.$ref.replace(/^#\//, "").split("/").reduce((at, part) => at?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], document);
  return resolve(document, found, depth + 1);
}

function operationsOf(document) {
  return Object.entries(document.paths || {}).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => {
      const operation = item[method];
      const parameters = [...(item.parameters || []), ...(operation.parameters || [])].map((one) => resolve(document, one));
      return { ...operation, path, method: method.toUpperCase(), parameters, tag: operation.tags?.[0] || "" };
    }),
  );
}

function Document({ document, part, world, isAdmin, api }) {
  const operations = useMemo(() => operationsOf(document), [document]);
  const shown = operations.filter(({ method, path, summary = "" }) => `${method} ${path} ${summary}`.toLowerCase().includes(part.toLowerCase()));
  const tags = [...new Set(shown.map(({ tag }) => tag))];
  const about = new Map((document.tags || []).map(({ name, description }) => [name, description]));
  return html`<p class="note"><${WithCode} text=${document.info.summary || document.info.description?.split("\n")[0] || ""} /></p>
    ${!isAdmin && html`<p class="note">Requests that you send here are requests of a client: they are recorded in the journal of world ${world} and count against limits.</p>`}
    ${tags.map(
      (tag) => html`<section key=${tag}>
        <h2>${tag || "Operations"} <span class="note">${about.get(tag)}</span></h2>
        <div class="operations">${shown.filter((one) => one.tag === tag).map((one) => html`<${Operation} key=${one.method + one.path} operation=${one} document=${document} world=${world} isAdmin=${isAdmin} api=${api} />`)}</div>
      </section>`,
    )}
    ${!shown.length && html`<p class="note">No operation matches.</p>`}`;
}

function Operation({ operation, document, world, isAdmin, api }) {
  const [open, setOpen] = useState(false);
  const { method, path, summary, description } = operation;
  return html`<details class="operation" onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary><span class="method ${method.toLowerCase()}">${method}</span> <code>${path}</code> <span><${WithCode} text=${summary || ""} /></span></summary>
    ${open &&
    html`<div class="operation-body">
      ${description && html`<p><${WithCode} text=${description} /></p>`}
      <${Send} operation=${operation} document=${document} world=${world} isAdmin=${isAdmin} api=${api} />
      <h3>Answers</h3>
      <dl class="responses">
        ${Object.entries(operation.responses || {}).map(([status, response]) => {
          const known = resolve(document, response);
          return html`<div key=${status}><dt><${Status} code=${status} /></dt><dd><${WithCode} text=${known.description || ""} /></dd></div>`;
        })}
      </dl>
    </div>`}
  </details>`;
}

/** The first example of a parameter or a body, as text. */
function exampleOf(document, one) {
  const first = Object.values(one?.examples || {})[0];
  const schema = resolve(document, one?.schema);
  const value = one?.example ?? resolve(document, first)?.value ?? schema.example ?? schema.examples?.[0];
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function Send({ operation, document, world, isAdmin, api }) {
  const { method, path, parameters } = operation;
  const content = resolve(document, operation.requestBody).content || {};
  const [type] = Object.keys(content);
  const account = api?.accounts.find(({ suspended, entitled }) => !suspended && entitled);
  const credential = new Map((account?.example.headers || []).map(({ name, value }) => [name.toLowerCase(), value]));
  const initial = parameters.map((one) => {
    const isOptional = one.in === "query" && !one.required;
    return credential.get(one.name.toLowerCase()) ?? (isOptional ? "" : exampleOf(document, one));
  });
  const [values, setValues] = useState(initial);
  const [body, setBody] = useState(type ? exampleOf(document, content[type]) : "");
  const action = useAction();
  const [answer, setAnswer] = useState(null);
  const send = (event) => {
    event.preventDefault();
    action.run(async () => setAnswer(await exchange(request())));
  };
  const request = () => {
    const value = (place) => parameters.map((one, at) => [one, values[at]]).filter(([one, value]) => one.in === place && value !== "");
    const filled = value("path").reduce((path, [{ name }, value]) => path.replace(`{${name}}`, encodeURIComponent(value)), path);
    const search = new URLSearchParams(value("query").map(([{ name }, value]) => [name, value]));
    const headers = value("header").map(([{ name }, value]) => [name, value]);
    if (!isAdmin) credential.forEach((value, name) => headers.some(([known]) => known.toLowerCase() === name) || name === "content-type" || headers.push([name, value]));
    if (body) headers.push(["content-type", type]);
    const url = worldPrefix(world) + filled + (search.size ? `?${search}` : "");
    return { url, method, headers, body: body || undefined, credentials: isAdmin ? "same-origin" : "omit" };
  };
  return html`<form class="send" onSubmit=${send}>
      ${parameters.map(
        (one, at) => html`<label class="field" key=${one.in + one.name}
          ><span><code>${one.name}</code> ${one.in}${one.required && ", required"}</span
          ><input value=${values[at]} placeholder=${exampleOf(document, one)} onInput=${(event) => setValues(values.map((value, other) => (other === at ? event.target.value : value)))} />
          ${one.description && html`<small><${WithCode} text=${one.description} /></small>`}</label
        >`,
      )}
      ${type && html`<label class="field wide"><span>Body, <code>${type}</code></span><textarea rows="6" spellcheck=${false} value=${body} onInput=${(event) => setBody(event.target.value)}></textarea></label>`}
      <p class="line"><button type="submit">Send ${method}</button></p>
    </form>
    <${Outcome} ...${action} />
    ${answer &&
    html`<div class="message" role="status">
      <div class="message-head"><h3>Answer</h3><${Status} code=${answer.status} /><span class="note">${answer.ms} ms</span><${Copy} text=${answer.text} what="the answer" /></div>
      <dl class="headers">${answer.headers.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
      ${answer.text && html`<pre tabindex="0" role="group" aria-label="Body of the answer">${pretty(answer.text).slice(0, 200000)}</pre>`}
    </div>`}`;
}

async function exchange({ url, ...options }) {
  const start = performance.now();
  const answer = await fetch(url, { ...options, redirect: "manual" });
  const text = await answer.text();
  if (answer.status === 401 && url.includes("/_scandouble/")) needLogin();
  return { status: answer.status, text, headers: [...answer.headers], ms: Math.round(performance.now() - start) };
}
