import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, PROGRAMS } from '../deploy/local/engines/find.ts';
import { canInstall, ensurePrograms } from '../deploy/local/engines/install.ts';
import { onEndingSignal } from '../deploy/local/processes/signals.ts';
import { SetupError } from '../deploy/local/setup-error.ts';
import { moveToFolder } from './harness/memory.ts';
import { BUNDLES, bundlePrograms, SHORT_LIVED } from './harness/programs.ts';
import { makeSeed, SEED } from './harness/seed.ts';
import { SLOW, startOrder } from './harness/start-order.ts';
import { SHARED_ENGINES, startSharedEngines, stopEngines, temporaryFolder } from './harness/engines.ts';

const ROOT = join(import.meta.dir, '..');
/** A shared machine may be slow; every wait of a test has its own, shorter deadline. */
const TEST_MS = 60_000;
/**
 * Most tests wait for something: an engine, a process, a browser, the windows of alerts. Three files at a time keep
 * two cores busy, those of the quick tier alone for four fifths of their time.
 */
const PROCESSES = 3;
/** Drills kill and freeze whole systems, and wait: three at a time, or alone where they are timed. */
const DRILLS = 'tests/drills/drills.test.ts';
const ALL = '--all';
/** Starts the list of failures before the closing line; .ci/run looks for it. */
const FAILURES = '== failures';
/** So many lines of a failure name what was expected. */
const FAILURE_LINES = 60;
/** A file that imports it runs in both tiers, with more cases in the slow one. */
const TIER = 'harness/tier.ts';
/** A file that imports it runs in both tiers, with another system in each. */
const SHAPE = 'harness/shape.ts';

/** A run of `bun test`: its options and files, and its environment. */
interface Run {
  args: string[];
  env: Record<string, string>;
}

/**
 * `npm test` runs the quick tier, `npm run test:slow` the whole systems and the drills, `npm test -- --all`
 * both; each installs the engines it needs and closes with a line that counts its tests. Further arguments
 * are parts of paths or options of `bun test`.
 */
async function main([named = 'quick', ...words]: string[]): Promise<number> {
  const tier = words.includes(ALL) ? 'all' : named;
  const args = words.filter((word) => word !== ALL);
  const runs = runsOf(tier, args);
  ensurePrograms(['postgres', 'initdb', 'nats', 'redis']);
  for (const { file, program } of leftOut(args)) console.error(`left out, for want of ${program}: ${file}`);
  const shared = await prepareRun(tier);
  const results: Counts[] = [];
  for (const { args, env } of runs) results.push(await runTests(args, { ...env, ...shared }));
  await stopEngines();
  const passed = results.reduce((total, counts) => total + counts.passed, 0);
  const failed = results.reduce((total, counts) => total + counts.failed, 0);
  const failures = results.flatMap((counts) => counts.failures);
  // Again at the end: thousands of lines lie between a failure and the place where people look.
  if (failures.length > 0) console.log([FAILURES, ...failures].join('\n'));
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

/** Returns the environment with all that the test processes of a run share. */
async function prepareRun(tier: string): Promise<Record<string, string>> {
  const isQuick = tier === 'quick';
  const [engines, bundles, seed] = await Promise.all([
    startSharedEngines(),
    bundlePrograms(!isQuick),
    isQuick ? '' : makeSeed(),
  ]);
  return {
    [SHARED_ENGINES]: JSON.stringify(engines),
    [BUNDLES]: JSON.stringify(bundles),
    ...(seed ? { [SEED]: seed } : {}),
  };
}

/** Returns the runs of a tier. Throws a SetupError for another tier, and when no test file fits. */
function runsOf(tier: string, args: string[]): Run[] {
  const options = args.filter((arg) => arg.startsWith('-'));
  const paths = args.filter((arg) => !arg.startsWith('-')).map((path) => path.replace(/^\.\//, ''));
  const absent = new Set(leftOut(args).map(({ file }) => file));
  const files = testFiles().filter(
    (file) => !absent.has(file) && (paths.length === 0 || paths.some((path) => file.includes(path))),
  );
  const isDrill = (file: string) => file === DRILLS;
  // A path that is named is run, but for drills.
  const isQuick = (file: string) => !isDrill(file) && (paths.length > 0 || !file.endsWith(SLOW));
  const isSlow = (file: string) =>
    !isDrill(file) && (file.endsWith(SLOW) || imports(file, TIER) || imports(file, SHAPE));
  const parallel = [`--parallel=${PROCESSES}`, '--no-isolate', writeTimings()];
  const quick = { options: parallel, files: files.filter(isQuick), env: {} };
  const slowEnv = { ECS_TEST_TIER: 'slow' };
  const systems = { options: parallel, files: files.filter(isSlow), env: slowEnv };
  // Both tiers make one run: the quick one has other systems, but no other cases.
  const mixed = { ...systems, files: files.filter((file) => isSlow(file) || isQuick(file)) };
  const again = { ...quick, files: files.filter((file) => isQuick(file) && imports(file, SHAPE)) };
  const drills = { options: [`--max-concurrency=${PROCESSES}`], files: files.filter(isDrill), env: {} };
  const runs = { quick: [quick], slow: [systems, drills], all: [mixed, again, drills] }[tier];
  if (!runs) throw new SetupError(`there is no tier ${tier}: quick or slow`);
  const filled = runs.filter((run) => run.files.length > 0);
  if (filled.length === 0) {
    throw new SetupError(`no test file of the tier ${tier} fits`, { hint: 'npm test -- --all PATH' });
  }
  return filled.map((run) => ({
    args: [...run.options, ...options, ...run.files.map((file) => `./${file}`)],
    env: run.env,
  }));
}

/** Returns the option with a file of durations, by which the longest start first; it has to name every test file. */
function writeTimings(): string {
  const files = testFiles();
  const order = startOrder(files);
  const durations = Object.fromEntries(order.map((name, index) => [name, order.length - index]));
  const file = join(temporaryFolder(), 'timings.json');
  writeFileSync(file, JSON.stringify({ version: 1, files: durations }));
  return `--timings=${file}`;
}

/**
 * The files with a line `// needs: PROGRAM` for a program that is not here, and that nobody may install here. A
 * file that is named is never left out.
 */
function leftOut(args: string[]): { file: string; program: string }[] {
  if (canInstall() || args.some((arg) => !arg.startsWith('-'))) return [];
  return testFiles().flatMap((file) => {
    const [, needs = ''] = NEEDS.exec(readFileSync(join(ROOT, file), 'utf8')) ?? [];
    const names = needs.split(', ').filter((name) => name in PROGRAMS) as (keyof typeof PROGRAMS)[];
    const program = names.find((name) => findProgram(PROGRAMS[name]) === null);
    return program === undefined ? [] : [{ file, program: PROGRAMS[program].name }];
  });
}

const NEEDS = /^\/\/ needs: (.+)$/m;

const imports = (file: string, module: string) => readFileSync(join(ROOT, file), 'utf8').includes(module);

function testFiles(): string[] {
  const rooms = readdirSync(ROOT, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && /^\w/.test(entry.name) && entry.name !== 'node_modules',
  );
  return rooms
    .flatMap(({ name }) => [...new Bun.Glob(`${name}/**/*.test.ts`).scanSync({ cwd: ROOT })])
    .toSorted();
}

interface Counts {
  passed: number;
  failed: number;
  /** The printed lines of each failed test. */
  failures: string[];
}

async function runTests(args: string[], env: Record<string, string>): Promise<Counts> {
  const child = Bun.spawn([process.execPath, 'test', `--timeout=${TEST_MS}`, ...args], {
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'pipe',
    cwd: ROOT,
    env: { ...SHORT_LIVED, ...process.env, NODE_ENV: 'test', ...env },
  });
  const ignoreSignals = onEndingSignal((signal) => child.kill(signal));
  const decoder = new TextDecoder();
  let report = '';
  for await (const chunk of child.stderr) {
    process.stderr.write(chunk);
    report += decoder.decode(chunk, { stream: true });
  }
  const code = await child.exited;
  ignoreSignals();
  const count = (word: string) =>
    Number([...report.matchAll(new RegExp(`^\\s*(\\d+) ${word}$`, 'gm'))].at(-1)?.[1] ?? 0);
  // An error outside of any test fails the run without failing a test.
  return {
    passed: count('pass'),
    failed: count('fail') + count('errors?') || (code === 0 ? 0 : 1),
    failures: failuresOf(report),
  };
}

/** The file, the error and the name of each failure, in a test or outside of any, in a report of `bun test`. */
function failuresOf(report: string): string[] {
  const failures: string[] = [];
  let file = '';
  let lines: string[] = [];
  const printed = report.split('\n');
  for (const [index, line] of printed.entries()) {
    if (line.startsWith('# Unhandled error')) {
      failures.push([file, ...printed.slice(index, index + FAILURE_LINES)].join('\n'));
    }
    if (/^\S+\.test\.ts:$/.test(line)) file = line;
    else lines.push(line);
    if (line.startsWith('(fail) ')) failures.push([file, ...lines.slice(-FAILURE_LINES)].join('\n'));
    if (/^\((pass|fail|skip|todo)\) |^\S+\.test\.ts:$/.test(line)) lines = [];
  }
  return failures;
}

process.on('exit', moveToFolder());
try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  await stopEngines();
  if (!(error instanceof SetupError)) throw error;
  console.error(`${error.message}${error.hint ? `\ntry: ${error.hint}` : ''}`);
  process.exit(1);
}
