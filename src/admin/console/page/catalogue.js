// What never changes while the server runs, loaded once: the catalogue of behaviours, and the words that the admin API takes.

import { useEffect, useState } from "./htm-preact.js";
import { call } from "./api.js";

let loading;
let document;

/** The behaviours by name; empty until they are loaded. */
export function useCatalogue() {
  const [byName, setByName] = useState(new Map());
  useEffect(() => {
    loading ||= call("default", "behaviours").then(({ behaviours }) => new Map(behaviours.map((one) => [one.name, one])));
    loading.then(setByName, () => (loading = undefined));
  }, []);
  return byName;
}

/** The words of an enumeration of the admin API's document; empty until it is loaded. */
export function useWords(name) {
  const [words, setWords] = useState([]);
  useEffect(() => {
    document ||= call("default", "openapi.json");
    document.then(
      ({ components }) => setWords(components.schemas[name]?.enum || []),
      () => (document = undefined),
    );
  }, [name]);
  return words;
}
