/** Limits of the wire, the same for every client and server. Sizes in bytes. */
export const LIMITS = {
  bodyBytesMax: 64 * 1024,
  batchBytesMax: 1024 * 1024,
  batchLinesMax: 1000,
  requestIdLengthMax: 128,
  idempotencyKeyLengthMax: 255,
  pageSizeMax: 100,
} as const;
