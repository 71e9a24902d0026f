import { isAmount, isCountOfSome, isSeconds, ofType } from '../core/check-options.ts';

/** The options of the API in memory. */
export const FAKE_OPTIONS = {
  now: ofType('function'),
  internalKey: ofType('string'),
  activationMs: isAmount,
};

/** The options of a fault that is injected into it. */
export const FAILURE_OPTIONS = {
  times: isCountOfSome,
  path: ofType('string'),
  with: (value: unknown) => (isStatus(value) || EFFECTS.includes(String(value)) ? null : FAILURE_WORDS),
  code: ofType('string'),
  retryAfterSeconds: isSeconds,
};
const EFFECTS = ['connection', 'lost', 'hang'];
const FAILURE_WORDS = `a status from 400 to 599 or one of ${EFFECTS.join(', ')}`;
const isStatus = (value: unknown) =>
  Number.isInteger(value) && (value as number) >= 400 && (value as number) < 600;
