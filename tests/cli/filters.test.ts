import { expect, test } from 'bun:test';
import { ACT_NAMES } from '../../sdk/contracts/audit-acts.ts';
import { DEAD_LETTER_CODES, SOURCE_STREAMS } from '../../platform/dead-letters/known-filter.ts';
import { createCli } from './harness.ts';

/** Filters of lists with a closed set of values, each with some of its set. */
const FILTERS: [words: string[], flag: string, names: readonly string[]][] = [
  [['audit', 'ls'], '--act', ['policy', ...ACT_NAMES]],
  [['dead-letters', 'ls'], '--code', DEAD_LETTER_CODES],
  [['dead-letters', 'ls'], '--stream', SOURCE_STREAMS],
  [['dead-letters', 'replay'], '--code', DEAD_LETTER_CODES],
  [['dead-letters', 'replay'], '--stream', SOURCE_STREAMS],
  [['dead-letters', 'dropped'], '--code', DEAD_LETTER_CODES],
  [['dead-letters', 'dropped'], '--stream', SOURCE_STREAMS],
  [['reviews', 'ls'], '--state', ['open', 'decided', 'all']],
  [['webhooks', 'deliveries', 'x'], '--state', ['pending', 'delivered', 'given_up']],
  [['logs'], '--level', ['info', 'warn', 'error']],
];

test('a filter with a closed set refuses another value by name, with the set', async () => {
  const { ecs } = createCli();
  for (const [words, flag, names] of FILTERS) {
    const { code, stdout, stderr } = await ecs([...words, flag, 'nope']);
    expect([words, flag, code, stdout]).toEqual([words, flag, 2, '']);
    expect(stderr).toStartWith(`ecs: ${flag} cannot be nope: `);
    for (const name of names) expect(stderr).toContain(name);
  }
});

test('a stream of a filter may be a partition of one', async () => {
  const { ecs } = createCli({ env: { NATS_URL: 'nats://127.0.0.1:1' } });
  expect((await ecs(['dead-letters', 'ls', '--stream', 'emotions-3'])).code).toBe(5);
});

test('a replay refuses flags that it would not obey', async () => {
  const { ecs } = createCli({ env: { NATS_URL: 'nats://127.0.0.1:1' } });
  const replay = async (...words: string[]) => {
    const { code, stderr } = await ecs(['dead-letters', 'replay', ...words]);
    return [code, stderr.split('\n').find((line) => line.startsWith('ecs: '))];
  };
  expect(await replay('--all', '--code', 'conflict')).toEqual([
    2,
    'ecs: --all and --code exclude each other',
  ]);
  expect(await replay('--all', '--stream', 'emotions')).toEqual([
    2,
    'ecs: --all and --stream exclude each other',
  ]);
  expect(await replay('7', '--limit', '1')).toEqual([2, 'ecs: --limit is for --code, --stream and --all']);
  expect((await replay('7', '7'))[0]).toBe(5);
});
