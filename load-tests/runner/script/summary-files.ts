/** The files that `handleSummary` returns, as they cross from the user's thread: text, or bytes in base64. */
type Encoded = Record<string, { text: string } | { bytes: string }>;

/**
 * Encodes the result of `handleSummary`; undefined for none. Throws for a content that k6 does not take
 * either: it would be another file than its author means.
 */
export function encodeSummaryFiles(result: unknown): string | undefined {
  if (result === undefined || result === null) return undefined;
  if (typeof result !== 'object') throw new TypeError('handleSummary() must return an object of files');
  return JSON.stringify(Object.fromEntries(Object.entries(result).map(encodeFile)) satisfies Encoded);
}

function encodeFile([name, content]: [string, unknown]): [string, Encoded[string]] {
  if (typeof content === 'string') return [name, { text: content }];
  if (content instanceof ArrayBuffer) return [name, { bytes: Buffer.from(content).toString('base64') }];
  if (content instanceof Uint8Array) return [name, { bytes: Buffer.from(content).toString('base64') }];
  const kind = Array.isArray(content) ? 'an array' : `of type ${typeof content}`;
  throw new TypeError(`handleSummary(): ${name} is ${kind}, and must be a text or an ArrayBuffer`);
}

/** Contents by the names of their files; `stdout` and `stderr` among them. */
export type SummaryFiles = Record<string, string | Uint8Array>;

export function decodeSummaryFiles(json: string): SummaryFiles {
  const files = Object.entries(JSON.parse(json) as Encoded);
  return Object.fromEntries(
    files.map(([name, file]) => [name, 'text' in file ? file.text : Buffer.from(file.bytes, 'base64')]),
  );
}
