/** A place of two documents that differ there, as a JSON pointer. */
export interface Difference {
  place: string;
  /** Absent where the place is not in the document. */
  before?: unknown;
  after?: unknown;
}

/** Returns the places in which two documents differ, in the order of the first. */
export function compareDocuments(before: unknown, after: unknown): Difference[] {
  const [from, to] = [placesOf(before), placesOf(after)];
  return [...new Set([...from.keys(), ...to.keys()])]
    .filter((place) => JSON.stringify(from.get(place)) !== JSON.stringify(to.get(place)))
    .map((place) => ({ place, before: from.get(place), after: to.get(place) }));
}

/** The values of a document by their places; a list of plain values stands in one place. */
function placesOf(value: unknown, pointer = '', places = new Map<string, unknown>()): Map<string, unknown> {
  const isNested = typeof value === 'object' && value !== null;
  const isPlainList =
    Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null);
  if (!isNested || isPlainList || Object.keys(value).length === 0) return places.set(pointer || '/', value);
  for (const [name, child] of Object.entries(value)) {
    placesOf(child, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, places);
  }
  return places;
}
