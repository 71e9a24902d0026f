/**
 * Returns the shape of a payload without what is in it: names of fields that are ours, and the kind of each
 * value. Names that are not ours may hold anything, so they are masked as well.
 */
export function maskPayload(payload: string): string {
  try {
    return JSON.stringify(mask(JSON.parse(payload)), null, 2);
  } catch {
    return `(no JSON, ${payload.length} characters)`;
  }
}

/** Names of fields of our messages; `type` has one of a few words. */
const NAMES = new Set(
  (
    'userId timestamp timestampAssigned emotionEvent type metrics positivity intensity stress_level ' +
    'eventId traceId source amount occurredAt ' +
    'occurredAtAssigned offerId creditLimit interestRate creditType ' +
    'acceptedAt locale analysisId notificationId closedAt reviewId decidedAt approved'
  ).split(' '),
);
const ITEMS_SHOWN = 20;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const TIME = /^\d{4}-\d\d-\d\dT/;

function mask(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, ITEMS_SHOWN).map(mask);
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).slice(0, ITEMS_SHOWN);
    return Object.fromEntries(
      fields.map(([name, inner], index) => [
        NAMES.has(name) ? name : `(name ${index + 1}, ${name.length} characters)`,
        mask(inner),
      ]),
    );
  }
  if (typeof value !== 'string') return value === null ? null : `(${typeof value})`;
  if (UUID.test(value)) return '(id)';
  return TIME.test(value) ? '(time)' : `(text, ${value.length} characters)`;
}
