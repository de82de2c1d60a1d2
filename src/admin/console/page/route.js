// The address of what is shown: #/panel/part/part?name=value. The chosen world is the parameter `w`.

import { useEffect, useState } from "./htm-preact.js";
import { startWorld } from "./api.js";

function parse() {
  const [path, search = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [panel = "", ...parts] = path.split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  const { w, ...params } = Object.fromEntries(new URLSearchParams(search));
  return { panel: panel || "live", parts, params, world: w || startWorld };
}

/** The link to a panel; parameters without a value are left out. */
export function link(panel, parts = [], params = {}, world = parse().world) {
  const path = [panel, ...parts].map(encodeURIComponent).join("/");
  const given = Object.entries({ ...params, w: world === startWorld ? "" : world }).filter(([, value]) => value);
  return `#/${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

/** Goes to a link; `replace` leaves no trace in the browser's history. */
export function go(to, replace = false) {
  if (replace) {
    history.replaceState(null, "", to);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = to;
  }
}

/** The current route; the component is drawn again when it changes. */
export function useRoute() {
  const [route, setRoute] = useState(parse);
  useEffect(() => {
    const changed = () => setRoute(parse());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}
