import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { TOPICS } from '../messaging/topics.ts';
import { DEAD_LETTER_DROPS, DEAD_LETTERS } from '../messaging/topology.ts';
import { cacheKeysOf, INVENTORY } from './inventory.ts';

const ROOT = join(import.meta.dir, '..', '..');
const runtime = createTestRuntime();
const sourcesIn = (...folders: string[]) =>
  folders
    .flatMap((folder) => [...new Bun.Glob(`${folder}/**/*.ts`).scanSync({ cwd: ROOT })])
    .filter((path) => !path.includes('.test.'))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

test('every table and column of the migrated schema is in the inventory, and nothing else', async () => {
  const database = await openTestDatabase(runtime);
  const rows = await database.query(
    (sql) => sql<{ name: string; columns: string[]; isView: boolean }[]>`
      select relname as name, relkind = 'v' as "isView", array_agg(attname::text order by attname) as columns
      from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') and not relispartition
      group by relname, relkind`,
  );
  const actual = new Map(rows.filter(({ isView }) => !isView).map(({ name, columns }) => [name, columns]));
  const listed = new Map(
    INVENTORY.tables.map(({ table, personal, internal }) => [table, [...personal, ...internal].toSorted()]),
  );
  expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(listed));
  const views = rows.filter(({ isView }) => isView).map(({ name }) => name);
  expect(views.toSorted()).toEqual(INVENTORY.tables.flatMap(({ views = [] }) => views).toSorted());
});

test('a table whose rows name a customer is erased or anonymized, and exported in a unique order', async () => {
  const database = await openTestDatabase(runtime);
  for (const { table, owner, erasure, order = [], personal, internal } of INVENTORY.tables) {
    // The ledger itself forgets the id.
    const isLedger = table === 'erasures';
    if ([...personal, ...internal].includes('user_id') && !isLedger) expect(owner).not.toBeNull();
    expect(owner === null).toBe(['absent', 'expire'].includes(erasure));
    if (owner === null) continue;
    const unique = await database.query(
      (sql) => sql<{ columns: string[] }[]>`
        select array_agg(attname::text) as columns from pg_index
        join pg_attribute on attrelid = indrelid and attnum = any (indkey)
        where indrelid = ${table}::regclass and indisunique group by indexrelid`,
    );
    const ownerColumn = 'column' in owner ? [owner.column] : [];
    expect(unique.some(({ columns }) => columns.every((c) => [...ownerColumn, ...order].includes(c)))).toBe(
      true,
    );
  }
});

test('every stream is in the inventory, and nothing else', () => {
  const streams = [...Object.values(TOPICS), DEAD_LETTERS, DEAD_LETTER_DROPS].map(({ stream }) => stream);
  expect(INVENTORY.streams.map(({ stream }) => stream).toSorted()).toEqual(streams.toSorted());
  // A stream that is made elsewhere would be missed.
  const makers = sourcesIn('platform', 'apps').filter(({ text }) => /streams\.add\(/.test(text));
  expect(makers.map(({ path }) => path).toSorted()).toEqual([
    'platform/messaging/drop-stream.ts',
    'platform/messaging/streams.ts',
  ]);
});

test('a cache key that an erasure deletes is said to be deleted, and no other; none is made elsewhere', () => {
  const deleted = Object.entries(INVENTORY.cacheKeys).filter(([, { erased }]) => erased === 'deleted');
  const keys = cacheKeysOf('ada').map(String);
  expect(keys.toSorted()).toEqual(deleted.map(([prefix]) => `${prefix}ada`).toSorted());
  expect(deleted.length).toBeGreaterThan(0);
  // A connection that is not the cache's would take any key.
  const clients = sourcesIn('platform', 'apps').filter(({ text }) => /new Redis\(/.test(text));
  expect(clients.map(({ path }) => path)).toEqual(['platform/data/cache.ts']);
});

test('every field of a log line is in the inventory', () => {
  const fields = new Set(sourcesIn('platform', 'apps').flatMap(({ path, text }) => loggedFields(path, text)));
  expect(fields.size).toBeGreaterThan(15);
  const listed = new Set(INVENTORY.logFields.flatMap((holding) => holding.fields));
  expect([...fields].filter((field) => !listed.has(field))).toEqual([]);
});

/** The names of fields in the log calls of a source; an argument that cannot be read is a field by itself. */
function loggedFields(path: string, text: string): string[] {
  const calls = [...text.matchAll(/\blog\.(?:trace|debug|info|warn|error|fatal|child)\(\s*/g)];
  return calls.flatMap((call) => fieldsOf(path, text, text.slice(call.index + call[0].length)));
}

/** `argument` begins with the first argument of a log call. */
function fieldsOf(path: string, text: string, argument: string): string[] {
  // A sentence alone, or the fields of a fault.
  if (/^(?:['"`]|sentence\)|errorFields\()/.test(argument)) return [];
  if (argument.startsWith('{')) return propertiesOf(argument);
  const name = /^(\w+)[,)]/.exec(argument)?.[1];
  const [, object] = new RegExp(`const ${name} = (\\{[^;]*);`).exec(text) ?? [];
  return object ? propertiesOf(object) : [`${path}: ${argument.slice(0, 40)}`];
}

/** The names in the first level of an object literal. */
function propertiesOf(literal: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of literal) {
    if ('}])'.includes(character)) depth -= 1;
    if (depth === 0 && character === '}') break;
    if (depth === 1 && character === ',') parts.push('');
    else if (depth > 0) parts[parts.length - 1] += character;
    if ('{[('.includes(character)) depth += 1;
  }
  return parts.flatMap((part) => {
    const word = part.trim();
    if (word === '' || word.startsWith('...errorFields(')) return [];
    return [/^(\w+)\s*(?::|$)/.exec(word)?.[1] ?? word];
  });
}
