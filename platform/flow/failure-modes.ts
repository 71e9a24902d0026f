/** Headings of docs/failure-modes.md that a finding leads to; a test looks for each of them. */
export const FAILURE_MODES = {
  database: 'PostgreSQL is stopped, restarts or terminates its backends',
  broker: 'The broker is stopped or frozen',
  streamFull: 'A stream is full',
  chain: 'Decisions are not linked',
  erasure: 'An erasure does not end',
  redis: 'Redis is absent, stopped or frozen',
  redisRefuses: 'Redis refuses a command',
  model: 'It is down, slow, hanging, or lies (half a JSON, score 7, NaN, 10 MB)',
  processDied: 'A process dies (killed, out of memory, a bug)',
  overload: 'There is more to do than it can',
  poison: 'It cannot be read, or stored (poison)',
  poisonKills: 'A message kills its readers',
  deadLettersFull: 'The dead letters have no room left',
  receiver: 'A receiver of webhooks is down',
  deadLettersUnpublished: 'Dead letters cannot be published',
} as const;
