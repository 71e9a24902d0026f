import { beforeAll, expect, test } from 'bun:test';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { json, useSystem } from '../harness/system.ts';
import { createCli, envelopeOf } from './harness.ts';

/** Imports into a whole system, broken off in every way, counted in PostgreSQL. */
const system = useSystem({ split: false });
const folder = temporaryFolder();
let cli: ReturnType<typeof createCli>;
let userId = '';
beforeAll(async () => {
  cli = createCli({ env: { ECS_URL: system().url, ECS_PASSWORD: 'a long passphrase' } });
  await cli.ecs(['register', 'ada@example.com']);
  userId = (await cli.data<{ userId: string }>(['login', 'ada@example.com'])).userId;
}, 90_000);

const LINES = 5_000;
let files = 0;
/** A file with amounts that no other file has, each different. */
function fileOf(name: string, lines: number, toLine: (cents: number) => string, head = '') {
  files += 1;
  const base = files * 1_000_000;
  const file = join(folder, name);
  writeFileSync(file, head + Array.from({ length: lines }, (_, n) => `${toLine(base + n)}\n`).join(''));
  return { file, from: base / 100, to: (base + 1_000_000) / 100 };
}

const amountOf = (cents: number) => (cents / 100).toFixed(2);

/** Rows stored of a file, and how many of them are different. */
async function stored({ from, to }: { from: number; to: number }) {
  const [row] = await system().sql<{ rows: number; amounts: number }[]>`
    select count(*)::int as rows, count(distinct amount)::int as amounts
    from transactions where user_id = ${userId} and amount >= ${from} and amount < ${to}`;
  return row;
}

const allStored = (place: { from: number; to: number }, lines: number) =>
  eventually(
    `${lines} rows, each once`,
    async () => {
      const { rows, amounts } = (await stored(place)) ?? {};
      return rows === lines && amounts === lines;
    },
    20_000,
  );

async function tokenOf(email: string): Promise<string> {
  const credentials = { email, password: 'a long passphrase' };
  const response = await fetch(`${system().url}/v1/auth/login`, json(credentials));
  return ((await response.json()) as { access_token: string }).access_token;
}

/**
 * The system behind a proxy that takes a batch to it, and breaks its sender off before the response is read.
 */
async function breakOff(args: string[], signal: 'SIGINT' | 'SIGKILL', atBatch: number) {
  let batches = 0;
  let child: ReturnType<typeof cli.start> | undefined;
  const proxy = Bun.serve({
    port: 0,
    async fetch(request) {
      const { method, headers } = request;
      const url = system().url + new URL(request.url).pathname;
      const response = await fetch(url, { method, headers, body: await request.text() });
      batches += 1;
      if (batches === atBatch) {
        child?.kill(signal);
        await child?.exited;
      }
      return response;
    },
  });
  const env = { ECS_URL: `http://localhost:${proxy.port}`, ECS_TOKEN: await tokenOf('ada@example.com') };
  child = cli.start(args, { env });
  const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  return { stderr, code, env, [Symbol.asyncDispose]: () => proxy.stop(true) };
}

test.each([
  ['SIGINT', 3],
  ['SIGKILL', 1],
  ['SIGKILL', 3],
] as const)(
  'broken off by %s when batch %i was taken, and resumed: nothing is doubled, nothing is lost',
  async (signal, atBatch) => {
    const line = (cents: number) => `${amountOf(cents)},`;
    const place = fileOf(`${signal}-${atBatch}.csv`, LINES, line, 'amount,occurredAt\n');
    const words = ['transactions', 'import', place.file];
    await using broken = await breakOff(words, signal, atBatch);
    const { env } = broken;
    if (signal === 'SIGINT') {
      expect(broken.code).toBe(130);
      expect(broken.stderr).toContain('--resume');
    }
    const refused = await cli.ecs(words, { env });
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain('was interrupted after line');

    const before = (atBatch - 1) * 1000;
    const resumed = await cli.data<object>([...words, '--resume'], { env });
    expect(resumed).toMatchObject({ accepted: LINES - before, before: { accepted: before } });
    await allStored(place, LINES);
    expect(await cli.data<object>([...words, '--resume'], { env })).toMatchObject({ accepted: 0 });
    expect(await stored(place)).toEqual({ rows: LINES, amounts: LINES });
  },
  60_000,
);

test('only the lines added to a file are sent; another file in its place is refused', async () => {
  const place = fileOf('grows.ndjson', 10, (cents) => `{"amount": ${amountOf(cents)}}`);
  expect((await cli.ecs(['transactions', 'import', place.file])).code).toBe(0);
  const text = readFileSync(place.file, 'utf8');
  const added = `${text}{"amount": ${place.to - 1}}\n`;
  writeFileSync(place.file, added);
  expect(await cli.data<object>(['transactions', 'import', place.file, '--resume'])).toMatchObject({
    accepted: 1,
  });
  await allStored(place, 11);
  writeFileSync(place.file, `{"amount": 1}\n${added}`);
  const otherImport = await cli.ecs(['transactions', 'import', place.file, '--resume']);
  expect(otherImport.code).toBe(6);
  expect(otherImport.stderr).toContain('is not what was imported before');
});

test('rejected lines are in a file of their own with their reasons, to be corrected and imported', async () => {
  const file = join(folder, 'mixed.csv');
  writeFileSync(file, 'amount;occurredAt\n10;\n-1;\n"11;\n12;2020-01-01T00:00:00Z\n13;;\n14;\n');
  const imported = await cli.ecs(['transactions', 'import', file, '--json']);
  expect(imported.code).toBe(1);
  const { ok, data, error } = envelopeOf(imported);
  expect({ ok, code: error?.code }).toEqual({ ok: false, code: 'lines_rejected' });
  const rejectsFile = `${file}.rejected.ndjson`;
  expect(data).toMatchObject({ accepted: 2, rejected: 4, rejectsFile });
  expect(statSync(rejectsFile).mode & 0o777).toBe(0o600);
  const rejects = readFileSync(rejectsFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rejects.map(({ line, code }) => [line, code])).toEqual([
    [3, 'invalid_line'],
    [4, 'invalid_line'],
    [6, 'invalid_line'],
    [5, 'invalid_event'],
  ]);
  expect(rejects[0].text).toBe('-1;');
});

test('a dry run sends nothing and leaves nothing behind', async () => {
  const place = fileOf('dry.ndjson', 5, (cents) => `{"amount": ${amountOf(cents)}}`);
  const ran = await cli.ecs(['transactions', 'import', place.file, '--dry-run']);
  expect(ran.stdout).toContain('5 would be accepted');
  expect(await stored(place)).toEqual({ rows: 0, amounts: 0 });
  expect((await cli.ecs(['transactions', 'import', place.file, '--resume'])).stderr).toContain(
    'nothing to resume',
  );
  await allStored(place, 5);
  expect(existsSync(`${place.file}.rejected.ndjson`)).toBe(false);
});

test('a wrong header, a binary, an array, a folder, an empty file: each is said, and nothing is sent', async () => {
  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const wrong: [string, number, string][] = [
    [write('wrong.csv', 'total,date\n1,2\n'), 2, 'the header has no column amount'],
    [write('binary.csv', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0])), 2, 'is not text'],
    [write('packed.csv', Bun.gzipSync(new TextEncoder().encode('amount\n1'))), 2, 'is compressed'],
    [write('array.json', '[{"amount": 1}]'), 2, 'is one JSON array'],
    [folder, 2, 'is a folder'],
    [join(folder, 'nothing'), 3, 'there is no file'],
  ];
  for (const [file, code, message] of wrong) {
    const ran = await cli.ecs(['transactions', 'import', file]);
    expect({ file, code: ran.code, stdout: ran.stdout }).toEqual({ file, code, stdout: '' });
    expect(ran.stderr).toContain(message);
  }
  const good = write('good.csv', 'amount\n5\n');
  const nowhere = ['transactions', 'import', good, '--rejects', '/nowhere/f'];
  expect(await cli.ecs(nowhere)).toMatchObject({ code: 2, stdout: '' });
  // Nothing was sent, so there is nothing to go on with.
  expect((await cli.ecs(['transactions', 'import', good])).code).toBe(0);
  for (const text of ['', 'amount\n', '\n\n']) {
    const empty = ['transactions', 'import', write('empty.csv', text)];
    const refused = await cli.ecs(empty);
    expect({ text, code: refused.code }).toEqual({ text, code: 1 });
    expect(refused.stderr).toContain('--allow-empty');
    expect((await cli.ecs([...empty, '--allow-empty'])).code).toBe(0);
  }
});
