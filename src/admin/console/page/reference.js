// The page of the API reference comes from the server. This script finds operations in it and sends their requests.

import { pretty, writeClipboard } from "./text.js";

/** What precedes the paths of this world. */
const [prefix] = location.pathname.split("/_scandouble/");

/** An element with text and elements in it. */
function make(name, attributes = {}, ...content) {
  const element = document.createElement(name);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...content);
  return element;
}

/** The request that a form describes. */
function requestOf(form) {
  const { method, path } = form.dataset;
  const inputs = [...form.querySelectorAll("input")].filter(({ value }) => value !== "");
  const fields = (place) => inputs.filter(({ dataset }) => dataset.place === place).map(({ name, value }) => [name, value]);
  const filled = fields("path").reduce((path, [name, value]) => path.replace(`{${name}}`, encodeURIComponent(value)), path);
  const query = new URLSearchParams(fields("query"));
  const headers = fields("header");
  const body = form.querySelector("textarea");
  if (body?.value) headers.push(["content-type", body.dataset.kind]);
  const isAdmin = path.startsWith("/_scandouble");
  // A vendor API must see what a client would send, and no session of the console.
  const options = { method, headers, body: body?.value || undefined, credentials: isAdmin ? "same-origin" : "omit", redirect: "manual" };
  return [prefix + filled + (query.size ? `?${query}` : ""), options];
}

async function send(form) {
  const start = performance.now();
  const answer = await fetch(...requestOf(form));
  const text = await answer.text();
  const ms = Math.round(performance.now() - start);
  const copy = make("button", { type: "button", class: "copy", "aria-label": "Copy the answer" }, "Copy");
  copy.onclick = async () => {
    await writeClipboard(text);
    copy.textContent = "Copied";
  };
  const status = make("span", { class: `status s${String(answer.status)[0]}` }, String(answer.status));
  const head = make("div", { class: "message-head" }, make("h3", {}, "Answer"), status, make("span", { class: "note" }, `${ms} ms`), copy);
  const headers = [...answer.headers].map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  const parts = [head, make("dl", { class: "headers" }, ...headers)];
  if (text) parts.push(make("pre", { tabindex: "0", role: "group", "aria-label": "Body of the answer" }, pretty(text).slice(0, 200000)));
  return make("div", { class: "message", role: "status" }, ...parts);
}

for (const form of document.querySelectorAll("form.send")) {
  form.querySelector("button").disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const shown = await send(form).catch(({ message }) => make("p", { class: "problem", role: "alert" }, `The request could not be sent: ${message}`));
    form.parentElement.querySelector(".message, .problem")?.remove();
    form.after(shown);
  });
}

const find = document.getElementById("find");
find.parentElement.hidden = false;
find.addEventListener("input", () => {
  const part = find.value.toLowerCase();
  for (const operation of document.querySelectorAll(".operation")) {
    operation.hidden = !operation.querySelector("summary").textContent.toLowerCase().includes(part);
  }
  const groups = [...document.querySelectorAll("main section")];
  groups.forEach((group) => (group.hidden = !group.querySelector(".operation:not([hidden])")));
  document.getElementById("none").hidden = groups.some(({ hidden }) => !hidden);
});

/** Opens the operation that the address names. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named?.matches(".operation")) {
    named.open = true;
    named.scrollIntoView();
  }
}
addEventListener("hashchange", openNamed);
openNamed();
