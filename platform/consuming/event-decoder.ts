import type { Static, TObject } from '@sinclair/typebox';
import type { ProblemDetail } from '../../sdk/contracts/problem.ts';
import { readUtc } from '../../sdk/contracts/events/event-time.ts';
import type { Checked } from '../../sdk/contracts/validation.ts';
import { createLineDecoder } from '../kernel/validation.ts';

/**
 * Decodes a line of an event, and rejects content that only the database would reject, together with all
 * events of the statement: a date that does not exist, a NUL character. Renders its time in UTC: without an
 * offset the database would read it in the zone of its session.
 */
export function createEventDecoder<Schema extends TObject>(
  schema: Schema,
  timeField: string & keyof Static<Schema>,
): (line: string) => Checked<Static<Schema>> {
  const decodeLine = createLineDecoder(schema);
  return (line) => {
    const checked = decodeLine(line);
    if (!checked.ok) return checked;
    const errors: ProblemDetail[] = [];
    const time = readUtc(String(checked.value[timeField]));
    if (time === null) errors.push({ path: `/${timeField}`, message: 'this date and time does not exist' });
    else Object.assign(checked.value, { [timeField]: time });
    if (line.includes(String.raw`\u0000`) && holdsNul(checked.value)) {
      errors.push({ path: '/', message: 'a NUL character cannot be stored' });
    }
    return errors.length === 0 ? checked : { ok: false, errors };
  };
}

function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsNul);
}
