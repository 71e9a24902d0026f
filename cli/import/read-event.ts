import type { TSchema } from '@sinclair/typebox';
import { faultsOfStructure } from '../../sdk/contracts/duplicate-keys.ts';
import { parseWellFormed } from '../../sdk/contracts/text.ts';
import { createValidator } from '../../platform/kernel/validation.ts';
import type { Columns, Header } from './csv.ts';
import { eventIdAt, type Journal } from './journal.ts';
import type { OnlyTally } from './conditions.ts';
import { createTableReader, headerOfRejects } from './read-table.ts';

/** Differs for each kind of event. */
export interface EventKind {
  kind: 'emotions' | 'transactions';
  schema: TSchema;
  columns: Columns & { numbers: string[] };
  /** The event of a CSV row. */
  fromRow(row: Record<string, string>): object;
}

type Beginning = Pick<Journal, 'importId' | 'startedAt' | 'format' | 'header' | 'layout'>;
type Parse = (text: string) => unknown;

/**
 * An event from a record's text: its user, id and time are given to it when it has none. A text is its fault;
 * null leaves it out.
 */
export function createEventReader(start: Beginning, kind: EventKind, userId: string, tally?: OnlyTally) {
  const validator = createValidator(kind.schema);
  const parse = parserOf(start, kind, tally);
  const { time } = kind.columns;
  const complete = (event: Record<string, unknown>, line: number): void => {
    if (!('userId' in event)) event.userId = userId;
    if (!('eventId' in event)) event.eventId = eventIdAt(start.importId, line);
    if (time in event) return;
    event[time] = start.startedAt;
    // Marked, since an event with an id of its own may come again with another import.
    event[`${time}Assigned`] = true;
  };
  return (text: string, line: number): object | string | null => {
    const value = parse(text);
    if (typeof value === 'string' || value === null) return value;
    if (typeof value === 'object') complete(value as Record<string, unknown>, line);
    const checked = validator.check(value);
    if (checked.ok) return checked.value as object;
    return checked.errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  };
}

function parserOf({ format, header, layout }: Beginning, kind: EventKind, tally?: OnlyTally): Parse {
  if (format === 'ndjson') return parseJson;
  const readTable = createTableReader(kind.columns, layout, tally);
  const fromRow = (row: Record<string, string> | string | null) =>
    row === null || typeof row === 'string' ? row : kind.fromRow(row);
  if (format === 'csv') {
    const table = header ?? { delimiter: ',', columns: [] };
    return (text) => fromRow(readTable(text, table));
  }
  const headers = new Map<string, Header | string>();
  return (text) => {
    const rejected = parseJson(text);
    if (!isRejected(rejected)) return 'is not a line of a file of rejected lines';
    if (rejected.bytes !== undefined) return 'was not valid UTF-8: correct "text" and remove "bytes"';
    if (rejected.header === undefined) return parseJson(rejected.text);
    const row = { ...rejected.layout, ...layout, map: [] };
    const key = JSON.stringify([rejected.header, rejected.layout]);
    const innerHeader = headers.get(key) ?? headerOfRejects(rejected.header, kind.columns, row);
    headers.set(key, innerHeader);
    if (typeof innerHeader === 'string') return innerHeader;
    return fromRow(createTableReader(kind.columns, row, tally)(rejected.text, innerHeader));
  };
}

/** A line of a file of rejected lines. */
interface Rejected {
  text: string;
  bytes?: string;
  header?: string;
  layout?: object;
}

export function isRejected(value: unknown): value is Rejected {
  if (typeof value !== 'object' || value === null) return false;
  return 'text' in value && typeof value.text === 'string' && 'code' in value && 'line' in value;
}

function parseJson(text: string): unknown {
  try {
    const value = parseWellFormed(text);
    if (value === null) return 'is null, not an object';
    if (Array.isArray(value)) return 'is an array, not an object';
    if (typeof value === 'string') return 'is a text, not an object';
    const [fault] = faultsOfStructure(text, value);
    return fault ? `has ${fault.path}, which ${fault.message}` : value;
  } catch {
    return 'is not valid JSON';
  }
}
