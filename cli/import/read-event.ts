import type { TSchema } from '@sinclair/typebox';
import { createValidator } from '../../platform/kernel/validation.ts';
import { readRow } from './csv.ts';
import { eventIdAt, type Journal } from './journal.ts';

/** Differs for each kind of event. */
export interface EventKind {
  kind: 'emotions' | 'transactions';
  schema: TSchema;
  columns: { required: string[]; optional: string[] };
  /** The event of a CSV row. */
  fromRow(row: Record<string, string>): object;
  /** When it happened; the start of the import when it is absent. */
  timeField: 'timestamp' | 'occurredAt';
}

/** An event from a record's text: its user, id and time are given to it when it has none. */
export function createEventReader(
  start: Pick<Journal, 'importId' | 'startedAt' | 'format' | 'header'>,
  kind: EventKind,
  userId: string,
) {
  const validator = createValidator(kind.schema);
  const parse = (text: string): unknown => {
    if (start.format === 'ndjson') return parseJson(text);
    const row = readRow(text, start.header ?? { delimiter: ',', columns: [] });
    return typeof row === 'string' ? row : kind.fromRow(row);
  };
  /** Marked, since an event with an id of its own may come again with another import. */
  const timeOf = (value: object) =>
    kind.timeField in value ? {} : { [kind.timeField]: start.startedAt, [`${kind.timeField}Assigned`]: true };
  return (text: string, line: number): object | string => {
    const value = parse(text);
    if (typeof value === 'string') return value;
    const event =
      typeof value === 'object' && value !== null
        ? { userId, eventId: eventIdAt(start.importId, line), ...timeOf(value), ...value }
        : value;
    const checked = validator.check(event);
    if (checked.ok) return checked.value as object;
    return checked.errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  };
}

function parseJson(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'string' ? 'is a text, not an object' : value;
  } catch {
    return 'is not valid JSON';
  }
}
