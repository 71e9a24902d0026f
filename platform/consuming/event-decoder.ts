import type { Static, TObject } from '@sinclair/typebox';
import type { ProblemDetail } from '../../sdk/contracts/problem.ts';
import { readUtc } from '../../sdk/contracts/events/event-time.ts';
import type { Checked } from '../../sdk/contracts/validation.ts';
import { createLineDecoder } from '../kernel/validation.ts';

/**
 * Reads a line of an event as the database will: a date that does not exist, or a NUL character, fits the
 * schema and would fail there, together with all events of its statement. Its time becomes UTC: without an
 * offset the database would read it in a zone of its own.
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
