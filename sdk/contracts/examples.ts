/** Values that the examples of several entries share. */
export const EXAMPLE = {
  userId: '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a',
  eventId: '0198f3a2-8d20-7b11-8a44-3c5e9f0b7d12',
  offerId: '0198f3a3-1f00-7c2d-9e10-6b8d4a2f5c31',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
} as const;
