/** Returns the fields with their values as text, as tags, headers and variables have them. */
export function textValues(fields: unknown): Record<string, string> {
  if (fields === undefined || fields === null) return {};
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]));
}
