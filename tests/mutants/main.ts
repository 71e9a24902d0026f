import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { onEndingSignal } from '../../deploy/local/processes/signals.ts';
import { createRandom } from '../drills/random.ts';
import { SHARED_ENGINES, startSharedEngines, stopEngines } from '../harness/engines.ts';
import { readOptions } from '../harness/read-options.ts';
import { changedFiles } from './changed-files.ts';
import { type Equivalent, staleEntries } from './equivalents.ts';
import { judgeRoom, type Judged } from './judge-room.ts';
import { makeMutants, type Mutant } from './make-mutants.ts';
import { reportMutants, reportSurvivor } from './report.ts';
import { ROOMS, type Room } from './rooms.ts';
import { endRuns } from './run-tests.ts';

const ROOT = join(import.meta.dir, '../..');
/** The part of the mutants that has to be killed, in percent. */
const KILLED_MIN = 90;

type RoomOfMutants = Room & { mutants: Mutant[] };

/**
 * `npm run test:mutants -- [--only PATH | ROOM] [--changed] [--since REF] [--sample N] [--seed N] [--concurrency N]
 * [--list]`: changes one place of the code at a time, and runs the tests that reach it. Exits with 1 when fewer than
 * 90 % are noticed, or when the list of equivalent mutants is wrong. `--changed` judges the files that differ from
 * `--since` (origin/main); `--sample` as many mutants, the same ones for the same seed.
 */
async function main(args: string[]): Promise<number> {
  const { options } = readOptions(args, {
    only: 'text',
    changed: 'flag',
    since: 'text',
    sample: 'number',
    seed: 'number',
    concurrency: 'number',
    list: 'flag',
  });
  const { only, sample, seed = 1, concurrency = 1, list } = options;
  const all = ROOMS.map(expand);
  const equivalents = readEquivalents();
  const stale = staleEntries(
    equivalents,
    all.flatMap(({ mutants }) => mutants),
  );
  for (const { file, line, change } of stale) console.error(`fits no mutant: ${file}: ${line}: ${change}`);
  if (stale.length > 0) return 1;
  const isOfName = ({ name }: Room, file: string) => !only || name === only || file.includes(only);
  let rooms = choose(all, (mutant, room) => isOfName(room, mutant.file));
  if (rooms.length === 0) {
    console.error(`no file of tests/mutants/rooms.ts fits: ${only}`);
    return 2;
  }
  if (options.changed || options.since) {
    const since = options.since ?? 'origin/main';
    const changed = changedFiles(since, ROOT);
    rooms = choose(rooms, ({ file }) => changed.has(file));
    if (rooms.length === 0) {
      console.log(`no file of tests/mutants/rooms.ts differs from ${since}`);
      return 0;
    }
  }
  if (sample !== undefined) {
    const mutants = rooms.flatMap((room) => room.mutants);
    const chosen = new Set(createRandom(seed).shuffle(mutants).slice(0, sample));
    rooms = choose(rooms, (mutant) => chosen.has(mutant));
    console.log(`${chosen.size} of ${mutants.length} mutants, by seed ${seed}`);
  }
  if (list) {
    for (const { file, line, change } of rooms.flatMap(({ mutants }) => mutants))
      console.log(`${file}:${line}  ${change}`);
    return 0;
  }
  const onJudged = (mutant: Judged) => reportSurvivor(mutant, equivalents);
  const judged = await judgeRooms(rooms, { concurrency, onJudged });
  return reportMutants(judged, equivalents, KILLED_MIN) ? 0 : 1;
}

/** Returns the rooms with the mutants that are wanted; without those where none is. */
function choose(rooms: RoomOfMutants[], isWanted: (mutant: Mutant, room: Room) => boolean): RoomOfMutants[] {
  return rooms
    .map((room) => ({ ...room, mutants: room.mutants.filter((mutant) => isWanted(mutant, room)) }))
    .filter(({ mutants }) => mutants.length > 0);
}

async function judgeRooms(
  rooms: RoomOfMutants[],
  run: { concurrency: number; onJudged: (mutant: Judged) => void },
): Promise<Judged[]> {
  const env: NodeJS.ProcessEnv = { ...process.env };
  onEndingSignal(() => {
    endRuns();
    void stopEngines().finally(() => process.exit(1));
  });
  if (rooms.some(({ engines }) => engines)) {
    ensurePrograms(['postgres', 'initdb', 'nats', 'redis']);
    env[SHARED_ENGINES] = JSON.stringify(await startSharedEngines());
  }
  const judged: Judged[] = [];
  try {
    for (const room of rooms) judged.push(...(await judgeRoom(room, { root: ROOT, env, note, ...run })));
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

function expand(room: Room): RoomOfMutants {
  const scan = (patterns: string[]) => [
    ...new Set(patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: ROOT })].toSorted())),
  ];
  const files = scan(room.files).filter((file) => !/\.test\.ts$|\/test-\w+\.ts$|\.d\.ts$/.test(file));
  const mutants = files.flatMap((file) => makeMutants(file, read(file)));
  return { ...room, files, tests: scan(room.tests), mutants };
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const readEquivalents = () => JSON.parse(read('tests/mutants/equivalents.json')) as Equivalent[];

process.exit(await main(process.argv.slice(2)));
