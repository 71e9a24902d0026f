import type postgres from 'postgres';
import { parse } from 'postgres-array';

/** Object ids of PostgreSQL's own types, which no version changes: of the elements, and of their array. */
const ARRAY_TYPES: [element: number, array: number][] = [
  [16, 1000], // boolean
  [17, 1001], // bytea
  [18, 1002], // "char"
  [19, 1003], // name
  [20, 1016], // bigint
  [21, 1005], // smallint
  [23, 1007], // integer
  [25, 1009], // text
  [26, 1028], // oid
  [114, 199], // json
  [700, 1021], // real
  [701, 1022], // double precision
  [1042, 1014], // character
  [1043, 1015], // character varying
  [1082, 1182], // date
  [1114, 1115], // timestamp
  [1184, 1185], // timestamp with time zone
  [1700, 1231], // numeric
  [2950, 2951], // uuid
  [3802, 3807], // jsonb
];

/**
 * Has the driver send and read arrays of these types. Its own way asks every new connection for them, and
 * nobody handles the rejection of that statement: a connection that was lost meanwhile, or dropped with its
 * pool, ended the process.
 */
export function addArrayTypes({ options: { parsers, serializers } }: postgres.Sql): void {
  for (const [element, array] of ARRAY_TYPES) {
    const [parser = (text: string) => text, serializer = String] = [parsers[element], serializers[element]];
    parsers[array] = (text: string) => parse(text, parser);
    serializers[array] = (values: unknown) =>
      Array.isArray(values) ? literalOf(values, serializer) : values;
  }
}

function literalOf(values: unknown[], serializer: (value: unknown) => unknown): string {
  const items = values.map((value) => {
    if (Array.isArray(value)) return literalOf(value, serializer);
    if (value === undefined) throw new TypeError('an array for PostgreSQL has an undefined value');
    if (value === null) return 'null';
    const text = String(serializer(value));
    // Asked first: hardly any text of an event has one, and a pattern costs twice as much.
    const isPlain = !text.includes('"') && !text.includes('\\');
    return `"${isPlain ? text : text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  });
  return `{${items.join(',')}}`;
}
