import { Argument, type Command } from 'commander';
import { again } from '../ui/command-line.ts';
import type { Context } from '../config/context.ts';
import { withDatabase } from '../config/database.ts';
import { describeOtherOutcome, selectRecord } from '../demo/decision-record.ts';
import { pc } from '../ui/colors.ts';
import { createSteps } from '../demo/steps.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, print, printJson, printTable, talk } from '../ui/output.ts';
import {
  type CustomerFlags,
  customerOptions,
  interruptSignal,
  newCustomer,
  openCustomer,
  openSession,
} from '../config/session.ts';
import { readTypedId } from '../../platform/trace/identity.ts';
import { showTrace } from '../trace/show.ts';
import { trace } from '../trace/trace.ts';
import { type Scenario, SCENARIOS, MODEL_OUTAGE } from '../trigger/scenarios.ts';
import { playScenario } from '../trigger/play-scenario.ts';
import { outModel } from '../trigger/model-outage.ts';

const NAMES = [...SCENARIOS.map(({ name }) => name), MODEL_OUTAGE.name];
/** Events of a batch that are shown: their trace is that of its request, so a few represent all. */
const SHOWN_MAX = 5;

export function register(program: Command): void {
  const command = program
    .command('trigger')
    .addArgument(new Argument('[name]', 'what is to happen; without it they are listed').choices(NAMES))
    .description(
      'Sends what happens in the life of a customer, waits until a credit analysis knows of it, and shows ' +
        'the whole chain. It happens to a new customer, or with --as to one who is logged in.',
    );
  withExamples(
    customerOptions(command).action(
      run(async (name: string | undefined, flags: CustomerFlags) => {
        if (name === undefined) list(flags);
        else if (name === MODEL_OUTAGE.name) await triggerOutage(flags);
        else await triggerScenario(scenarioOf(name), flags);
      }),
    ),
    ['ecs trigger', 'what there is'],
    ['ecs trigger stressful-week', 'to a new customer'],
    ['ecs trigger salary --as ada@example.com'],
    ['ecs trigger model-outage', 'the breaker opens and closes'],
  );
}

function list(flags: CustomerFlags): void {
  const rows = [...SCENARIOS, MODEL_OUTAGE].map(({ name, summary }) => ({ name, summary }));
  if (flags.json) printJson(rows);
  else printTable(rows);
}

function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS.find((scenario) => scenario.name === name);
  if (scenario) return scenario;
  throw new CliError(`nothing is called ${name}`, EXIT.usage, 'ecs trigger');
}

async function triggerScenario(scenario: Scenario, flags: CustomerFlags): Promise<void> {
  const { customer, steps, signal, context } = await begin(scenario, flags);
  const effect = await playScenario(scenario, { ...customer, steps, signal });
  const emotionEffect = await readEmotionEffect(effect.after.analysis_id, context);
  if (emotionEffect?.outcome) steps.note(emotionEffect.outcome);
  const chain = context.databaseUrl
    ? await trace(context, readTypedId(effect.traceId), { limit: SHOWN_MAX, payload: false })
    : null;
  if (flags.json) {
    printJson({ name: scenario.name, userId: customer.userId, ...effect, emotionEffect, chain });
    return;
  }
  print('');
  if (chain) showTrace(chain);
  else talk('note: the chain is read from the database: DATABASE_URL (and NATS_URL) show it');
  talk(`next: ecs trace ${customer.userId}`);
}

/** Reads the effect of emotions from the record of a decision; null where no database is in reach. */
async function readEmotionEffect(analysisId: string, context: Context) {
  if (!context.databaseUrl) return null;
  const record = await withDatabase(context, 'ecs trigger', (sql) => selectRecord(sql, analysisId));
  if (!record) return null;
  return {
    effect: record.effect.applied,
    basis: record.basis,
    scoreWithout: record.twin.prediction.risk_score,
    scoreWith: record.full?.prediction.risk_score ?? null,
    outcome: describeOtherOutcome(record),
  };
}

async function triggerOutage(flags: CustomerFlags): Promise<void> {
  const { context } = openSession(flags);
  if (!context.modelUrl) {
    throw new CliError(
      "the address of the model's stand-in is needed",
      EXIT.usage,
      `ECS_MODEL_URL=http://HOST:8004 ${again()}`,
    );
  }
  const { customer, steps, signal } = await begin(MODEL_OUTAGE, flags);
  const outage = await outModel(context.modelUrl, { ...customer, steps, signal });
  if (flags.json) printJson({ name: MODEL_OUTAGE.name, userId: customer.userId, ...outage });
}

/** The customer it happens to, and where the steps are shown. */
async function begin({ name, summary }: { name: string; summary: string }, flags: CustomerFlags) {
  const steps = createSteps(flags.json ? process.stderr : process.stdout);
  const signal = interruptSignal();
  const session = openSession(flags);
  steps.title(`${name}: ${summary}`);
  if (flags.as !== undefined) {
    return { customer: openCustomer(flags), steps, signal, context: session.context };
  }
  const email = `${name}.${crypto.randomUUID().slice(0, 8)}@example.com`;
  const customer = await steps.run(
    'a new customer',
    () => newCustomer(session, email, signal),
    ({ userId }) => `${email}, ${pc.dim(userId)}`,
  );
  return { customer, steps, signal, context: session.context };
}
