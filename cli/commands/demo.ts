import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { again } from '../ui/command-line.ts';
import { createLog } from '../../platform/kernel/log.ts';
import { openDatabase } from '../../platform/data/sql.ts';
import { saveCredential } from '../config/credentials.ts';
import { loadPersonas } from '../demo/personas.ts';
import { live, type Outcome } from '../demo/story.ts';
import { makeDataDir, removeDataDir } from '../demo/data-dir.ts';
import { type DemoSystem, startHere, startKept } from '../demo/private-system.ts';
import { createSteps, type Steps } from '../demo/steps.ts';
import { onEndingSignal } from '../../deploy/local/processes/signals.ts';
import { run } from '../ui/failure.ts';
import { commandLine } from '../../deploy/local/command-line.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, nameSystem, print, printJson, printTable, talk } from '../ui/output.ts';
import { interruptSignal, newCustomer, openSession, type SystemFlags } from '../config/session.ts';
import { describe, PRIVATE } from '../config/acts.ts';
import { chooseSystem, resolveContext } from '../config/context.ts';

interface Flags extends SystemFlags {
  keep?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('demo')
    .description(
      'Starts a private system, sends the lives of four customers through it, shows every step, and stops ' +
        'it again: bad feelings take nothing, a good month adds to a limit, a denial says what would flip ' +
        'it, and limits add up to a cap. With --url or --profile the customers live in the system there. ' +
        'Exits with 0 only when every step held.',
    )
    .option('--keep', 'leave the system up afterwards')
    .action(run(demo));
  withExamples(command, ['ecs demo'], ['ecs demo --keep', 'leave it up, to try the commands on it']);
}

/** A country in which the shipped policy lets emotions help, so that no default jurisdiction decides. */
const JURISDICTION = 'BR';

type Ending = 'failed' | 'interrupted' | 'kept' | 'stopped';

async function demo(flags: Flags): Promise<void> {
  const steps = createSteps(flags.json ? process.stderr : process.stdout);
  if (flags.url !== undefined || flags.profile !== undefined) return demoElsewhere(flags, steps);
  const dataDir = makeDataDir();
  nameSystem(`${PRIVATE} (data in ${dataDir})`);
  const interrupted = new AbortController();
  let system: DemoSystem | undefined;
  let ending: Ending = 'failed';
  const ignoreSignals = onEndingSignal(() => {
    if (interrupted.signal.aborted) system?.kill();
    else talk('\nstopping (once more stops at once)');
    interrupted.abort(new CliError('interrupted', EXIT.interrupted));
  });
  try {
    steps.title(`A private system in ${dataDir}`);
    system = await (flags.keep ? startKept : startHere)(dataDir, steps);
    steps.note(`${system.url}, docs at ${system.url}/docs`);
    const outcomes = await playAll(system, { steps, signal: interrupted.signal, home: dataDir }).catch(
      stepFailed,
    );
    report(outcomes, flags);
    ending = flags.keep ? 'kept' : 'stopped';
  } catch (error) {
    if (interrupted.signal.aborted) ending = 'interrupted';
    throw interrupted.signal.aborted ? interrupted.signal.reason : error;
  } finally {
    await end(ending, system, dataDir, steps);
    ignoreSignals();
  }
}

/** Runs on a system that it did not start and does not stop; keeps no login of its customers. */
async function demoElsewhere(flags: Flags, steps: Steps): Promise<void> {
  if (flags.keep) throw new CliError('--keep is for a private system', EXIT.usage, again({ '--keep': null }));
  const context = resolveContext(flags);
  nameSystem(describe(chooseSystem(flags), flags));
  steps.title(`The system at ${context.url}`);
  const outcomes = await playAll(context, { steps, signal: interruptSignal() }).catch(stepFailed);
  report(outcomes, flags);
}

/** Drops the hints of an API error: the private system is stopped by the time they are read. */
function stepFailed(error: unknown): never {
  throw new CliError(`a step did not hold: ${error instanceof Error ? error.message : String(error)}`);
}

async function playAll(
  system: { url: string; databaseUrl?: string | undefined },
  { steps, signal, home }: { steps: Steps; signal: AbortSignal; home?: string },
): Promise<Outcome[]> {
  const log = createLog({ name: 'demo', level: 'silent' });
  const { databaseUrl } = system;
  const database = databaseUrl ? openDatabase({ url: databaseUrl, name: 'demo', poolSize: 1, log }) : null;
  const session = openSession({ url: system.url });
  const outcomes: Outcome[] = [];
  try {
    for (const persona of loadPersonas(new Date())) {
      signal.throwIfAborted();
      steps.title(`${persona.name}: ${persona.life}`);
      const email = `${persona.name}.${crypto.randomUUID().slice(0, 8)}@example.com`;
      const customer = await steps.run(`registered and logged in as ${email}`, () =>
        newCustomer(session, email, signal, JURISDICTION),
      );
      const { userId, token, expiresAt, ecs } = customer;
      if (home) saveCredential(home, { system: 'local', email, userId, token, expiresAt });
      outcomes.push(await live(persona, { ecs, userId, database, steps, signal }, outcomes));
    }
    return outcomes;
  } finally {
    await database?.close();
  }
}

function report(outcomes: Outcome[], flags: Flags): void {
  if (flags.json) {
    printJson(
      outcomes.map(({ name, decisions, activeAfterMs }) => ({
        customer: name,
        ...decisions.at(-1)?.analysis,
        activeAfterMs,
        decisions,
      })),
    );
  } else showTable(outcomes);
  const decisions = outcomes.flatMap((outcome) => outcome.decisions);
  const denied = decisions.filter(({ analysis }) => !analysis.approved).length;
  talk(`\nEvery step held: ${decisions.length - denied} decisions approved, ${denied} denied.`);
}

function showTable(outcomes: Outcome[]): void {
  print('');
  printTable(
    outcomes.flatMap(({ name, decisions }) =>
      decisions.map(({ analysis, shows }) => ({
        customer: name,
        score: analysis.ml_risk_score.toFixed(4),
        decision: analysis.approved ? 'approved' : 'denied',
        limit: analysis.offer?.credit_limit.toFixed(2),
        'rate %': analysis.offer?.interest_rate.toFixed(2),
        shows,
      })),
    ),
  );
}

async function end(
  ending: Ending,
  system: DemoSystem | undefined,
  dataDir: string,
  steps: Steps,
): Promise<void> {
  if (ending === 'kept' && system) {
    talk(`The system stays up at ${system.url}. To go on:`);
    talk(`  ${commandLine('status', '--data-dir', dataDir)}`);
    // Each customer is logged in; the last one acts.
    talk(`  ${commandLine('whoami', '--data-dir', dataDir)}`);
    talk(`  ${commandLine('offers', 'ls', '--data-dir', dataDir)}`);
    talk(`  ${commandLine('down', '--data-dir', dataDir)}`);
    return;
  }
  steps.title('The end');
  if (system) await steps.run('everything stopped', () => system.stop());
  removeDataDir(dataDir, ending === 'failed');
  if (existsSync(dataDir)) talk(`the logs are in ${join(dataDir, 'logs')}`);
}
