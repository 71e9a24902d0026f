/** Returns the smallest UUIDv7 of a time, in milliseconds since 1970: newer ids are larger. */
export function smallestUuidAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
