// The catalogue of behaviours, loaded once: when each happens, how well it is known, and from which source.

import { useEffect, useState } from "./htm-preact.js";
import { call } from "./api.js";

let loading;

/** The behaviours by name; empty until they are loaded. */
export function useCatalogue() {
  const [byName, setByName] = useState(new Map());
  useEffect(() => {
    loading ||= call("default", "behaviours").then(({ behaviours }) => new Map(behaviours.map((one) => [one.name, one])));
    loading.then(setByName, () => (loading = undefined));
  }, []);
  return byName;
}
