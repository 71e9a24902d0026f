import { afterAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../harness/engines.ts';
import { isEquivalent, staleEntries } from './equivalents.ts';
import { judgeRoom } from './judge-room.ts';
import { makeMutants } from './make-mutants.ts';
import { ROOMS } from './rooms.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'ecs-planted-')));
afterAll(() => rmSync(root, { recursive: true }));

const SOURCE = `export const isAdult = (age: number) => age >= 18;
export const isLate = (days: number) => days > 30;
export function unused() {
  return 1;
}
`;
const TESTS = `import { expect, test } from 'bun:test';
import { isAdult, isLate } from './age.ts';
test('adults', () => expect([17, 18, 19].map(isAdult)).toEqual([false, true, true]));
test('late', () => expect([1, 90].map(isLate)).toEqual([false, true]));
`;

test('a mutant at a pinned edge is killed, one at an edge without a test is reported', async () => {
  writeFileSync(join(root, 'age.ts'), SOURCE);
  writeFileSync(join(root, 'age.test.ts'), TESTS);
  const room = { name: 'planted', mutants: makeMutants('age.ts', SOURCE), tests: ['age.test.ts'] };
  const judged = await judgeRoom(room, { root, env: process.env, concurrency: 2, note: () => {} });
  expect(judged.map(({ line, change, verdict }) => `${line} ${change} ${verdict}`)).toEqual([
    '1 >= → > killed',
    '1 18 → 19 killed',
    '2 > → >= survived',
    '2 30 → 31 survived',
    '4 1 → 2 not reached',
  ]);
});

test('a failure for want of time counts where the unchanged code passes right after it', async () => {
  const source = 'export const limit = 3;\n';
  const verdictOf = async (name: string, busyRuns: number[], judgment: string) => {
    writeFileSync(join(root, `${name}.ts`), source);
    writeFileSync(
      join(root, `${name}.test.ts`),
      `import { expect, test } from 'bun:test';
import { appendFileSync, readFileSync } from 'node:fs';
import { limit } from './${name}.ts';
const log = ${JSON.stringify(join(root, `${name}.log`))};
appendFileSync(log, '.');
const run = readFileSync(log, 'utf8').length;
test('on a machine that is busy', () => {
  if (${JSON.stringify(busyRuns)}.includes(run)) throw new Error('did not come true in 10000 ms: planted');
  ${judgment}
});`,
    );
    const room = { name: 'planted', mutants: makeMutants(`${name}.ts`, source), tests: [`${name}.test.ts`] };
    const judged = await judgeRoom(room, { root, env: process.env, concurrency: 1, note: () => {} });
    return judged.map(({ verdict }) => verdict);
  };
  // The first run is without a mutant.
  expect(await verdictOf('late', [2], 'expect(limit).toBeNumber();')).toEqual(['killed']);
  expect(await verdictOf('busy', [2, 3], 'expect(limit).toBeNumber();')).toEqual(['survived']);
  expect(await verdictOf('busy-then', [2, 3], 'expect(limit).toBe(3);')).toEqual(['killed']);
  expect(await verdictOf('always-busy', [2, 3, 4, 5, 6, 7], 'expect(limit).toBeNumber();')).toEqual([
    'not judged',
  ]);
}, 60_000);

test('engines of tests that stop at a failure end with them', async () => {
  const pidFile = join(root, 'pid');
  const source = 'export const limit = 3;\n';
  writeFileSync(join(root, 'limit.ts'), source);
  writeFileSync(
    join(root, 'limit.test.ts'),
    `import { expect, test } from 'bun:test';
import { limit } from './limit.ts';
test('its engine', async () => {
  const engine = Bun.spawn(['sleep', '600'], { detached: true });
  if (limit === 4) await Bun.write(${JSON.stringify(pidFile)}, String(engine.pid));
  engine.unref();
  expect(limit).toBe(3);
  engine.kill();
});`,
  );
  const room = { name: 'planted', mutants: makeMutants('limit.ts', source), tests: ['limit.test.ts'] };
  const judged = await judgeRoom(room, { root, env: process.env, concurrency: 1, note: () => {} });
  expect(judged.map(({ verdict }) => verdict)).toEqual(['killed']);
  const engine = Number(await Bun.file(pidFile).text());
  await eventually('the engine has ended', () => !existsSync(`/proc/${engine}`) || isZombie(engine));
});

const isZombie = (pid: number) => /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

test('tests that fail without a mutant are an error, not a hundred percent', () => {
  writeFileSync(
    join(root, 'red.test.ts'),
    `import { test } from 'bun:test'; test('red', () => { throw 1; });`,
  );
  const room = { name: 'planted', mutants: [], tests: ['red.test.ts'] };
  const judged = judgeRoom(room, { root, env: process.env, concurrency: 1, note: () => {} });
  expect(judged).rejects.toThrow('red.test.ts fails without a mutant');
});

test('thresholds in SQL and in a policy are changed, types, imports and log lines are not', () => {
  const changesOf = (file: string, source: string) => makeMutants(file, source).map(({ change }) => change);
  expect(
    changesOf('a.ts', 'const rows = sql`select 1 from t where level >= 0.7 and day > today - ${days}`;'),
  ).toEqual(['1 → 2', '>= → >', '0.7 → 0.71', 'and → or', '> → >=', '- → +']);
  expect(
    changesOf(
      'a.ts',
      'const rows = sql`select a\n-- one and 2\nfrom (select * from t) as t where a - 3 > b`;',
    ),
  ).toEqual(['- → +', '3 → 4', '> → >=']);
  expect(changesOf('v1.json', '{ "deny_when": "score > 0.6", "offer_days": 7,\n"en": "30 days" }')).toEqual([
    '> → >=',
    '0.6 → 0.61',
    '7 → 8',
  ]);
  expect(
    changesOf('b.ts', "import { a } from './a1.ts'; type B = 1 | 2; log.info('x', 1 + 2); deps.log.warn(3);"),
  ).toEqual([]);
});

test('an equivalent mutant is known by its line, and an entry without a mutant is found', () => {
  const [mutant] = makeMutants('age.ts', 'const isAdult = age >= 18;');
  const entry = { file: 'age.ts', line: 'const isAdult = age >= 18;', change: '>= → >', reason: 'planted' };
  const moved = { ...entry, line: 'const isAdult = age >= 17;' };
  expect(isEquivalent(mutant!, [entry])).toBe(true);
  expect(isEquivalent(mutant!, [moved])).toBe(false);
  expect(staleEntries([entry, moved], [mutant!])).toEqual([moved]);
});

test('every pattern of the rooms names files that exist', () => {
  const patterns = ROOMS.flatMap(({ files, tests }) => [...files, ...tests]);
  const root = join(import.meta.dir, '../..');
  const empty = patterns.filter((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: root })].length === 0);
  expect(empty).toEqual([]);
});
