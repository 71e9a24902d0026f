/** A UUIDv7 (RFC 9562): sorts by time to the millisecond, random beyond it. */
export function uuidv7(nowMs: number = Date.now()): string {
  const bytes = randomBytes();
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(nowMs / 2 ** 32));
  view.setUint32(2, nowMs % 2 ** 32);
  return toUuid(bytes, 7);
}

/** Writes the first 16 bytes as a UUID of a version (RFC 9562), whose marks take the place of six bits. */
export function toUuid(content: Uint8Array, version: number): string {
  const bytes = content.slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

/** React Native has no Web Crypto of its own; an id has to be unique there, and is no secret. */
function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(16);
  if (typeof globalThis.crypto?.getRandomValues === 'function') return crypto.getRandomValues(bytes);
  return bytes.map(() => Math.floor(Math.random() * 256));
}
