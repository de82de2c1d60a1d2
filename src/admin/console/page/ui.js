// Small parts that all panels use.

import { html, useCallback, useEffect, useRef, useState } from "./htm-preact.js";
import { writeClipboard } from "./text.js";

/** The result of an asynchronous function, worked out again when `dependencies` change or `reload` is called. */
export function useLoaded(load, dependencies) {
  const [state, setState] = useState({ loading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setState((old) => ({ ...old, loading: true }));
    load(abort.signal).then(
      (data) => abort.signal.aborted || setState({ data, loading: false }),
      (error) => abort.signal.aborted || setState({ error, loading: false }),
    );
    return () => abort.abort();
  }, [...dependencies, turn]);
  const reload = useCallback(() => setTurn((turn) => turn + 1), []);
  return { ...state, reload };
}

/** An action with its error: `run(act)` awaits `act`, and shows what went wrong. */
export function useAction() {
  const [state, setState] = useState({});
  const run = async (act, done) => {
    setState({ busy: true });
    try {
      const result = await act();
      setState({ done: done && (typeof done === "function" ? done(result) : done) });
      return result;
    } catch (error) {
      setState({ error });
      return undefined;
    }
  };
  return { ...state, run };
}

/** What became of an action: its error with the place in the text, or a word that it is done. */
export function Outcome({ error, done }) {
  if (error?.errors?.length) return html`<${FixtureErrors} errors=${error.errors} />`;
  if (error) return html`<p class="problem" role="alert">${error.message}</p>`;
  return html`<p class="done-note" role="status">${done || ""}</p>`;
}

/** Errors of a fixture, as `scandouble check` prints them. */
function FixtureErrors({ errors }) {
  return html`<div class="problem" role="alert">
    ${errors.map(
      (error) => html`<div class="fixture-error">
        <p><strong>line ${error.line}, column ${error.column}:</strong> ${error.what}</p>
        ${error.excerpt != null && html`<pre>${error.excerpt}${"\n"}${error.caret}</pre>`}
        <p>${error.help}</p>
      </div>`,
    )}
  </div>`;
}

/** Shows data once it is there, or what went wrong. */
export function Loaded({ of: { data, error }, children }) {
  if (data !== undefined) return children(data);
  if (error) return html`<${Outcome} error=${error} />`;
  return html`<p class="note" role="status">Loading…</p>`;
}

/** A button that copies text. */
export function Copy({ text, label = "Copy", what }) {
  const [copied, setCopied] = useState(false);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    const value = typeof text === "function" ? await text() : text;
    await writeClipboard(value);
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), 1500);
  };
  return html`<button type="button" class="copy ${copied ? "copied" : ""}" aria-label=${what ? `Copy ${what}` : null} onClick=${copy}>
    ${copied ? "Copied" : label}
  </button>`;
}

/** How well a behaviour is known: `documented`, `observed`, `assumed`, with what differs for the body. */
export function Grade({ provenance = "" }) {
  const [status] = provenance.split(";");
  const mixed = provenance.includes(";");
  return html`<span class="grade ${status} ${mixed ? "mixed" : ""}" title=${provenance}>${status}${mixed && "*"}</span>`;
}

/** A status code, coloured by its class. */
export const Status = ({ code }) => html`<span class="status s${String(code)[0]}">${code}</span>`;

/** The kinds of findings of an exchange, and the faults injected into it. */
export function Marks({ row }) {
  const kinds = new Map();
  row.findings.forEach(({ kind }) => kinds.set(kind, (kinds.get(kind) || 0) + 1));
  return html`${row.faults.map((fault) => html`<span class="mark fault" title="Injected fault">${fault}</span>`)}
  ${[...kinds].map(([kind, count]) => html`<span class="mark ${kind}">${kind}${count > 1 && ` ${count}`}</span>`)}`;
}

/** A hash, shortened in the middle, with a button to copy it. */
export const Hash = ({ value, full = false }) => html`<span class="hash"
  ><code title=${value}>${full ? value : `${value.slice(0, 12)}…`}</code><${Copy} text=${value} what=${`hash ${value.slice(0, 12)}`}
/></span>`;

/** Text with the parts between backquotes set as code. */
export const WithCode = ({ text }) => text.split("`").map((part, at) => (at % 2 ? html`<code>${part}</code>` : part));

/** A labelled choice. */
export function Select({ label, value, options, onChange, ...rest }) {
  return html`<label class="field"
    ><span>${label}</span
    ><select value=${value} onChange=${(event) => onChange(event.target.value)} ...${rest}>
      ${options.map(([value, text]) => html`<option value=${value} key=${value}>${text}</option>`)}
    </select></label
  >`;
}

/** A labelled line of text. */
export function Text({ label, value, onInput, type = "text", ...rest }) {
  return html`<label class="field"
    ><span>${label}</span><input type=${type} value=${value} onInput=${(event) => onInput(event.target.value)} ...${rest} /></label
  >`;
}

/** The time of day of a timestamp, to the millisecond. */
export const timeOf = (at) => at.slice(11, 23);

/** A span in milliseconds in its two largest units. */
export function spanText(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const at = units.findIndex(([, size]) => seconds >= size);
  if (at < 0) return "0 s";
  const [[name, size], next] = [units[at], units[at + 1]];
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0;
  return `${Math.floor(seconds / size)} ${name}${rest ? ` ${rest} ${next[0]}` : ""}`;
}
