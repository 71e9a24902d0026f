import { ensurePrograms } from '../deploy/local/engines/install.ts';
import { SetupError } from '../deploy/local/setup-error.ts';
import { SHARED_ENGINES, startSharedEngines, stopEngines } from './harness/engines.ts';

/** A shared machine may be slow; every wait of a test has its own, shorter deadline. */
const TEST_MS = 60_000;
/** Most tests wait for something: two files at a time use both cores of a small machine. */
const PROCESSES = 2;
/** Drills kill and freeze whole systems: one at a time, and not while anything else is timed. */
const SLOW = 'tests/drills';

/**
 * `npm test` runs everything but the drills, `npm run test:slow` the drills, `npm run test:all` both; each
 * installs the engines it needs and closes with a line that counts its tests. Further arguments are files or
 * options of `bun test`.
 */
async function main([tier = 'quick', ...args]: string[]): Promise<number> {
  ensurePrograms(['postgres', 'initdb', 'nats', 'redis']);
  const engines = await startSharedEngines();
  const results: Counts[] = [];
  for (const options of optionsOf(tier)) {
    results.push(await runTests([...options, ...args], JSON.stringify(engines)));
  }
  await stopEngines();
  const passed = results.reduce((total, counts) => total + counts.passed, 0);
  const failed = results.reduce((total, counts) => total + counts.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

/** The options of `bun test`, a list for each run of a tier. Throws a SetupError for another tier. */
function optionsOf(tier: string): string[][] {
  const quick = [`--parallel=${PROCESSES}`, '--no-isolate', `--path-ignore-patterns=${SLOW}/**`];
  const slow = [SLOW];
  const runs = { quick: [quick], slow: [slow], all: [quick, slow] }[tier];
  if (!runs) throw new SetupError(`there is no tier ${tier}: quick, slow or all`);
  return runs;
}

interface Counts {
  passed: number;
  failed: number;
}

async function runTests(args: string[], engines: string): Promise<Counts> {
  const child = Bun.spawn([process.execPath, 'test', `--timeout=${TEST_MS}`, ...args], {
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'pipe',
    env: { ...process.env, NODE_ENV: 'test', [SHARED_ENGINES]: engines },
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward);
  process.on('SIGTERM', forward);
  const decoder = new TextDecoder();
  let report = '';
  for await (const chunk of child.stderr) {
    process.stderr.write(chunk);
    report += decoder.decode(chunk, { stream: true });
  }
  const code = await child.exited;
  const count = (word: string) =>
    Number([...report.matchAll(new RegExp(`^\\s*(\\d+) ${word}$`, 'gm'))].at(-1)?.[1] ?? 0);
  // An error outside of any test fails the run without failing a test.
  return { passed: count('pass'), failed: count('fail') + count('errors?') || (code === 0 ? 0 : 1) };
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  await stopEngines();
  if (!(error instanceof SetupError)) throw error;
  console.error(`${error.message}${error.hint ? `\ntry: ${error.hint}` : ''}`);
  process.exit(1);
}
