import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EcsClient, type TransactionInput } from '../../sdk/index.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { importEvents } from './import-events.ts';
import { openSource } from './input.ts';
import { eventIdAt } from './journal.ts';
import { createRecordReader } from './records.ts';
import type { Rejection } from './rejects.ts';

const IMPORT = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8b';
const USER = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ecs-import-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(lines: string[]): string {
  const file = join(folder, crypto.randomUUID());
  writeFileSync(file, lines.join('\n'));
  return file;
}

/** An API that keeps the batches it got and responds as the test says. */
function startApi(respond: (lines: string[], attempt: number) => Response) {
  const batches: string[][] = [];
  const server = Bun.serve({
    port: 0,
    async fetch(request) {
      const lines = (await request.text()).split('\n');
      return respond(lines, batches.push(lines));
    },
  });
  const ecs = new EcsClient({ baseUrl: `http://localhost:${server.port}`, backoffMs: 1 });
  return { batches, ecs, [Symbol.asyncDispose]: () => server.stop(true) };
}

const received = (accepted: number, rejected: Rejection[] = []) =>
  Response.json({ accepted, rejected, traceId: 't' }, { status: 202 });

async function run(file: string, ecs: EcsClient) {
  const rejections: Rejection[] = [];
  const reader = createRecordReader(openSource(file).chunks);
  const report = await importEvents<TransactionInput>({
    file,
    records: reader.records('ndjson'),
    place: reader.place,
    signal: new AbortController().signal,
    read: (text, line) => {
      const amount = /"amount": (\d+)/.exec(text)?.[1];
      return amount
        ? { userId: USER, amount: Number(amount), eventId: eventIdAt(IMPORT, line) }
        : 'no amount';
    },
    send: (events) => ecs.transactions.sendBatch(events),
    onRejected: (rejection) => rejections.push(rejection),
    onBatch: () => {},
  });
  return { report, rejections };
}

const amounts = (count: number) => Array.from({ length: count }, (_, index) => `{"amount": ${index + 1}}`);

test('a file of any size goes in batches of at most 1,000 lines and 1 MiB', async () => {
  await using api = startApi((lines) => received(lines.length));
  const { report } = await run(fileOf(amounts(2_500)), api.ecs);
  expect(report).toMatchObject({ accepted: 2_500, rejected: 0, batches: 3 });
  expect(api.batches.map((lines) => lines.length)).toEqual([1000, 1000, 500]);
});

test('a rejection names the line of the file, not of the batch', async () => {
  await using api = startApi((lines) =>
    received(lines.length - 1, [{ line: 2, code: 'invalid_event', message: 'no' }]),
  );
  const lines = ['{broken', ...amounts(1), '', ...amounts(1), '{"other": 1}', ...amounts(1_000)];
  const { report, rejections } = await run(fileOf(lines), api.ecs);
  expect(rejections.map(({ line, code }) => [line, code])).toEqual([
    [1, 'invalid_line'],
    [5, 'invalid_line'],
    [4, 'invalid_event'],
    [1005, 'invalid_event'],
  ]);
  expect(report).toMatchObject({ accepted: 1_000, rejected: 4, batches: 2 });
});

test('a batch without one good line is a list of rejected lines, not the end of the import', async () => {
  const errors = [{ path: '/body/1', message: 'bad' }];
  const problem = {
    type: 't',
    title: 'T',
    status: 422,
    detail: 'D',
    code: 'invalid_request',
    requestId: 'r',
    errors,
  };
  await using api = startApi(() => Response.json(problem, { status: 422 }));
  const { report, rejections } = await run(fileOf(amounts(2)), api.ecs);
  expect(rejections.map(({ line, message }) => [line, message])).toEqual([
    [1, 'bad'],
    [2, 'D'],
  ]);
  expect(report).toMatchObject({ accepted: 0, rejected: 2 });
});

test('a batch that is sent again carries the same event ids', async () => {
  await using api = startApi((lines, attempt) =>
    attempt === 1 ? new Response(null, { status: 503 }) : received(lines.length),
  );
  await run(fileOf(amounts(3)), api.ecs);
  expect(api.batches).toHaveLength(2);
  expect(api.batches[1]).toEqual(api.batches[0] ?? []);
  expect(new Set(api.batches[0]?.map((line) => JSON.parse(line).eventId)).size).toBe(3);
});

test('an API that goes away ends the import at a line that is named', async () => {
  await using api = startApi((lines, attempt) =>
    attempt === 1 ? received(lines.length) : new Response(null, { status: 503 }),
  );
  const error = await run(fileOf(amounts(1_500)), api.ecs).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CliError);
  expect((error as CliError).message).toContain(':1001: stopped');
  expect((error as CliError).exitCode).toBe(EXIT.unreachable);
});
