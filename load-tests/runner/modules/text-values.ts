/** Returns the fields with their values as text: those of tags and headers may be anything in a script. */
export function textValues(fields: unknown): Record<string, string> {
  if (fields === undefined || fields === null) return {};
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]));
}
