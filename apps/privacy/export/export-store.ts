import type { Database } from '../../../platform/data/sql.ts';
import type { CustomerTable } from '../../../platform/privacy/inventory.ts';
import { ownedBy } from '../owned-by.ts';

/** A row as the JSON of its exported columns, and its place in the order of its table. */
interface ExportedRow {
  json: string;
  place: string[];
}

/** The types of a table's columns, by name; a place is a list of texts, compared by these types. */
export async function selectColumnTypes(database: Database, table: string): Promise<Map<string, string>> {
  const rows = await database.query(
    (sql) => sql<{ name: string; type: string }[]>`
      select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
      where attrelid = ${table}::regclass and attnum > 0 and not attisdropped`,
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}

/**
 * Returns the next rows of a customer in a table, after a place in its order. All names are of the inventory,
 * none of a request.
 */
export async function selectRows(
  database: Database,
  { table, owner, personal, internalFields = [], order = [] }: CustomerTable,
  page: { userId: string; types: Map<string, string>; after: string[] | null; size: number },
): Promise<ExportedRow[]> {
  const { userId, types, after, size } = page;
  const columns = order.map((name) => `"${name}"`);
  const values = columns.map((_, index) => `$${index + 3}::text::${types.get(order[index] ?? '')}`);
  const isAfter = after === null ? '' : `and (${columns.join(', ')}) > (${values.join(', ')})`;
  const selected = personal.map((name) => `"${name}"`).join(', ');
  const exported = personal.map((name) => {
    const paths = internalFields.filter(({ column }) => column === name).map(({ path }) => path);
    return [`"${name}"`, ...paths.map((path) => `#- '{${path.join(',')}}'`)].join(' ') + ` as "${name}"`;
  });
  const place = columns.map((name) => `${name}::text`).join(', ');
  return database.query((sql) =>
    sql.unsafe<ExportedRow[]>(
      `select row_to_json(exported)::text as json, place
      from (
        select ${selected}, array[${place}] as place from "${table}"
        where ${ownedBy(owner)} ${isAfter}
        order by ${columns.join(', ')} limit $2
      ) as page, lateral (select ${exported.join(', ')}) as exported`,
      [userId, size, ...(after ?? [])],
      // By default the driver has a text planned anew for each page.
      { prepare: true },
    ),
  );
}
