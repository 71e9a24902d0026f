import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { SHARED_ENGINES, startSharedEngines, stopEngines } from '../harness/engines.ts';
import { readOptions } from '../harness/read-options.ts';
import { type Equivalent, staleEntries } from './equivalents.ts';
import { judgeRoom, type Judged } from './judge-room.ts';
import { makeMutants } from './make-mutants.ts';
import { reportMutants } from './report.ts';
import { ROOMS, type Room } from './rooms.ts';

const ROOT = join(import.meta.dir, '../..');
/** The part of the mutants that has to be killed, in percent. */
const KILLED_MIN = 90;

/**
 * `npm run test:mutants -- [--only PATH | ROOM] [--changed] [--since REF] [--concurrency N] [--list]`: changes one place
 * of the code at a time, and runs the tests that reach it. Exits with 1 when fewer than 90 % are noticed, or when
 * the list of equivalent mutants is wrong; `--changed` judges the files that differ from `--since` (origin/main).
 */
async function main(args: string[]): Promise<number> {
  const { options } = readOptions(args, {
    only: 'text',
    changed: 'flag',
    since: 'text',
    concurrency: 'number',
    list: 'flag',
  });
  const { only, concurrency = 1, list } = options;
  const equivalents = readEquivalents();
  const all = ROOMS.flatMap((room) => expand(room).files).flatMap((file) => makeMutants(file, read(file)));
  const stale = staleEntries(equivalents, all);
  for (const { file, line, change } of stale) console.error(`fits no mutant: ${file}: ${line}: ${change}`);
  if (stale.length > 0) return 1;
  const changed = options.changed || options.since ? changedFiles(options.since ?? 'origin/main') : undefined;
  const isChosen = (room: Room, file: string) =>
    (!only || room.name === only || file.includes(only)) && (!changed || changed.has(file));
  const rooms = ROOMS.map(expand)
    .map((room) => ({ ...room, files: room.files.filter((file) => isChosen(room, file)) }))
    .filter(({ files }) => files.length > 0);
  if (rooms.length === 0) {
    console.error(`no file of tests/mutants/rooms.ts fits${only ? `: ${only}` : ''}`);
    return changed && !only ? 0 : 2;
  }
  if (list) {
    const files = new Set(rooms.flatMap((room) => room.files));
    for (const { file, line, change } of all.filter((mutant) => files.has(mutant.file))) {
      console.log(`${file}:${line}  ${change}`);
    }
    return 0;
  }
  const judged = await judgeRooms(rooms, concurrency);
  return reportMutants(judged, equivalents, KILLED_MIN) ? 0 : 1;
}

async function judgeRooms(rooms: Room[], concurrency: number): Promise<Judged[]> {
  const env: NodeJS.ProcessEnv = { ...process.env };
  if (rooms.some(({ engines }) => engines)) {
    ensurePrograms(['postgres', 'initdb', 'nats', 'redis']);
    env[SHARED_ENGINES] = JSON.stringify(await startSharedEngines());
  }
  const judged: Judged[] = [];
  try {
    for (const room of rooms) judged.push(...(await judgeRoom(room, { root: ROOT, env, concurrency, note })));
  } finally {
    note('');
    await stopEngines();
  }
  return judged;
}

/** Shows the progress in one line of a terminal. */
function note(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text.slice(0, process.stderr.columns)}`);
}

function expand(room: Room): Room {
  const scan = (patterns: string[]) => [
    ...new Set(patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: ROOT })].toSorted())),
  ];
  const files = scan(room.files).filter((file) => !/\.test\.ts$|\/test-\w+\.ts$|\.d\.ts$/.test(file));
  return { ...room, files, tests: scan(room.tests) };
}

function changedFiles(since: string): Set<string> {
  const { stdout, success } = Bun.spawnSync(['git', 'diff', '--name-only', since], { cwd: ROOT });
  if (!success) throw new Error(`git knows no ${since}`);
  return new Set(stdout.toString().split('\n'));
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const readEquivalents = () => JSON.parse(read('tests/mutants/equivalents.json')) as Equivalent[];

process.exit(await main(process.argv.slice(2)));
