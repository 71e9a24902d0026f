import { beforeAll, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { ImportFlags } from '../../cli/import/import-file.ts';
import { EcsClient } from '../../sdk/index.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { newCustomer, useSystem } from '../harness/system.ts';
import { generatedFile, writeGenerated } from './generated-files.ts';
import { createCli } from './harness.ts';
import { importOf, type Sent } from './import-of.ts';
import { BRAZIL, FILES, ISO, latin1, PORTUGUESE, YEAR } from './sample-files.ts';

const system = useSystem({ split: false });
const folder = temporaryFolder();
let cli: ReturnType<typeof createCli>;
beforeAll(() => {
  cli = createCli({ env: { ECS_URL: system().url, ECS_PASSWORD: 'a long passphrase' } });
}, 90_000);

async function logIn(email: string): Promise<{ userId: string }> {
  await cli.ecs(['register', email]);
  return cli.data<{ userId: string }>(['login', email]);
}

test.each(FILES)('%s', async (name, content, flags, at) => {
  const email = `${name}@example.com`;
  const { userId } = await logIn(email);
  const file = join(folder, name);
  writeFileSync(file, content);
  const words = ['transactions', 'import', file, '--as', email, ...flags];
  const tried = await cli.data<object>([...words, '--dry-run', '--save-layout', 'mine']);
  const imported = await cli.data<object>([...words.slice(0, 5), '--layout', 'mine']);
  const counts = { accepted: 2, rejected: 0 };
  expect([tried, imported]).toMatchObject([counts, counts]);
  await eventually('both are stored', async () => {
    const rows = await system().sql`
      select amount::float8, occurred_at from transactions where user_id = ${userId} order by amount`;
    if (rows.length < 2) return false;
    expect(rows.map(({ amount }) => amount)).toEqual([7, 1234.56]);
    expect(rows[1]?.occurred_at).toEqual(new Date(at));
    return true;
  });
});

test('a file that could be read in two ways is refused, and names the flags that decide', async () => {
  await logIn('two-ways@example.com');
  const file = join(folder, 'two-ways.csv');
  writeFileSync(file, `amount;occurredAt\n1.234,56;${ISO}T09:30:00Z\n5;03/04/${YEAR}\n`);
  const refused = await cli.ecs([
    'transactions',
    'import',
    file,
    '--as',
    'two-ways@example.com',
    '--dry-run',
  ]);
  expect(refused).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('0 would be accepted, 2 rejected'),
  });
  expect(refused.stderr).toContain('--decimal , or --decimal .');
  expect(refused.stderr).toContain('--date dd/mm/yyyy or --date mm/dd/yyyy');
  writeFileSync(file, latin1('Preço;amount\n1;2\n'));
  const encoded = await cli.ecs(['transactions', 'import', file, '--as', 'two-ways@example.com']);
  expect(encoded).toMatchObject({ code: 2, stderr: expect.stringContaining('--encoding windows-1252') });
});

/** So many generated files are imported; a change of the rules is worth 2,000. */
const GENERATED = Number(process.env.ECS_TEST_IMPORT_FILES ?? 150);

test('a dry run has the verdicts of the real run, line by line, of any file in any layout', async () => {
  const { id: userId, token } = await newCustomer(system().url);
  const ecs = new EcsClient({ baseUrl: system().url, token });
  const destination = {
    userId,
    ownerId: userId,
    send: (events: Sent[], signal: AbortSignal) => ecs.transactions.sendBatch(events, { signal }),
  };
  let files = 0;
  await fc.assert(
    fc.asyncProperty(generatedFile, async (file) => {
      files += 1;
      const name = `generated-${files}.${file.layout === 'ndjson' ? 'ndjson' : 'csv'}`;
      const { content, flags } = writeGenerated(file, userId);
      const verdictsOf = async (more: ImportFlags) => {
        const { output, error } = await importOf(name, content, { ...flags, ...more }, destination);
        const counts = /^(\d+) (?:would be )?accepted, (\d+) rejected(?:, (\d+) left out)?/m.exec(output);
        const lines = output.split('\n').filter((text) => /\.(?:nd)?(?:csv|json):/.test(text));
        return { lines, counts: counts?.slice(1), exitCode: error?.exitCode };
      };
      const tried = await verdictsOf({ dryRun: true });
      expect(tried).toEqual(await verdictsOf({}));
    }),
    { numRuns: GENERATED, endOnFailure: true },
  );
}, 600_000);

test('a dry run finds the faults that the API alone would find, as the real run does', async () => {
  const email = 'judge@example.com';
  await logIn(email);
  const days = (count: number) => new Date(Date.now() + count * 24 * 3600 * 1000).toISOString();
  const [reused, repeated] = [crypto.randomUUID(), crypto.randomUUID()];
  const rows = [
    `1.234,${days(0)},`,
    `5,${days(-60)},`,
    `5,${days(2)},`,
    `5,${YEAR}-02-30T09:00:00Z,`,
    `9.99,${days(0)},`,
    `5,${days(-1)},${reused}`,
    `6,${days(-1)},${reused}`,
    `7,,${repeated}`,
    `7,,${repeated}`,
    `0,,`,
    `5,,no-uuid`,
    '"open',
  ];
  const file = join(folder, 'judged.csv');
  writeFileSync(file, `amount,occurredAt,eventId\n${rows.join('\n')}\n`);
  const words = ['transactions', 'import', file, '--as', email, '--json'];
  const verdictsOf = async (extra: string[]) => {
    const ran = await cli.ecs([...words, ...extra]);
    const { accepted, rejected } = (
      JSON.parse(ran.stdout) as { data: { accepted: number; rejected: number } }
    ).data;
    const lines = ran.stderr.split('\n').filter((line) => line.startsWith(`${file}:`));
    return { accepted, rejected, lines };
  };
  const tried = await verdictsOf(['--dry-run']);
  expect(tried).toEqual(await verdictsOf([]));
  expect(tried).toMatchObject({ accepted: 4, rejected: 8 });
});

test('the rejected lines are imported as they are kept, once they are corrected', async () => {
  const email = 'corrects@example.com';
  const { userId } = await logIn(email);
  const file = join(folder, 'rejected.csv');
  writeFileSync(
    file,
    Buffer.concat([
      Buffer.from(`Data;Nome;Valor\n${BRAZIL};a;x1.234,56\n${BRAZIL};b;7\n${BRAZIL};`),
      Buffer.from([0xe7]),
      Buffer.from(';8\n'),
    ]),
  );
  const as = ['--as', email];
  const first = await cli.ecs(['transactions', 'import', file, ...PORTUGUESE, ...as]);
  expect(first.stdout).toContain('1 accepted, 2 rejected');
  const rejects = `${file}.rejected.ndjson`;
  const lines = readFileSync(rejects, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { line: 2, text: `${BRAZIL};a;x1.234,56`, header: 'occurredAt;;amount', layout: { decimal: ',' } },
    { line: 4, bytes: Buffer.from(latin1(`${BRAZIL};\xe7;8\n`)).toString('base64') },
  ]);
  const uncorrected = await cli.ecs(['transactions', 'import', rejects, ...as]);
  expect(uncorrected.stdout).toContain('0 accepted, 2 rejected');
  writeFileSync(
    rejects,
    lines
      .join('\n')
      .replaceAll('x1.234', '1.234')
      .replace(/"bytes":"[^"]*",/, ''),
  );
  const corrected = await cli.ecs(['transactions', 'import', rejects, ...as]);
  expect({ ...corrected, stdout: corrected.stdout.slice(0, 22) }).toMatchObject({
    stdout: '2 accepted, 0 rejected',
  });
  await eventually('all are stored', async () => {
    const rows = await system().sql`select amount::float8 from transactions where user_id = ${userId}`;
    return (
      rows
        .map(({ amount }) => amount)
        .toSorted((a, b) => a - b)
        .join(' ') === '7 8 1234.56'
    );
  });
});
