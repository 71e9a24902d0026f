import type { Drill, Stage } from './drill.ts';
import type { Customer } from './customers.ts';

/** The risk model in each of its bad states, through the mock's own control. */
const FAILURES_MAX = 5;
const TIMEOUT_MS = 800;
/** For the gateway, the queue of two busy cores, and the timer's own lateness. */
const SLACK_MS = 1000;
const ASKED_WHILE_OPEN = 200;

interface Asked {
  status: number;
  ms: number;
  retryAfter: number;
}

const flapping: Drill = {
  name: 'model-flapping',
  summary: 'the model fails two of five calls for 20 s: all analyses succeed in the end, none half done',
  events: 5000,
  async run(stage) {
    await control(stage, { failureRate: 0.4 });
    const load = stage.startLoad({ giveUpMs: 180_000 });
    await Promise.race([load.done, Bun.sleep(20_000)]);
    // An unlucky probe opens the breaker for another 30 s: it has to end well some time.
    await control(stage, { failureRate: 0 });
    await load.done;
    stage.claim('every customer got an analysis', load.analyses.size === stage.customers.length);
    return { modelCalls: (await control(stage)).calls };
  },
};

export const MODEL_DRILLS: Drill[] = [
  badModel('slow', 'takes 2 s', { latencyMs: 2000 }),
  badModel('hanging', 'never responds', { mode: 'hang' }),
  badModel('down', 'returns 503', { failureRate: 1 }),
  badModel('broken-json', 'returns half a JSON', { mode: 'bad-json' }),
  badModel('lying', 'returns a score of 7', { mode: 'bad-score' }),
  badModel('not-a-number', 'returns a score of NaN', { mode: 'not-a-number' }),
  badModel('huge', 'returns 10 MB', { mode: 'huge' }),
  flapping,
];

async function ask({ system }: Stage, customer: Customer): Promise<Asked> {
  const startedMs = performance.now();
  const response = await fetch(`${system.url}/v1/users/${customer.id}/credit-analysis`, {
    method: 'POST',
    headers: { authorization: `Bearer ${customer.token}` },
    signal: AbortSignal.timeout(10_000),
  });
  await response.arrayBuffer();
  const retryAfter = Number(response.headers.get('retry-after') ?? 0);
  return { status: response.status, ms: performance.now() - startedMs, retryAfter };
}

export async function control(
  { system }: Stage,
  behavior?: Record<string, unknown>,
): Promise<{ calls: number }> {
  const port = system.state().children.find(({ name }) => name === 'ml-mock')?.port;
  const response = await fetch(`http://127.0.0.1:${port}/control`, {
    ...(behavior ? { method: 'POST', body: JSON.stringify(behavior) } : {}),
    headers: { 'content-type': 'application/json' },
  });
  return (await response.json()) as { calls: number };
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Five failures, then 503 at once, then one probe when the model is well again, then responses. */
function badModel(name: string, summary: string, behavior: Record<string, unknown>): Drill {
  return {
    name: `model-${name}`,
    summary: `the model ${summary}: five calls fail, the others are refused at once, one probe heals it`,
    events: 2000,
    async run(stage) {
      const { claim, customers } = stage;
      // The load asks for no analyses of its own: every call of the model is counted.
      const load = stage.startLoad({ analyses: false });
      await control(stage, behavior);
      const before = (await control(stage)).calls;
      const failed: Asked[] = [];
      for (const customer of customers.slice(0, FAILURES_MAX)) failed.push(await ask(stage, customer));
      const callsToOpen = (await control(stage)).calls - before;
      const refused: Asked[] = [];
      for (let turn = 0; turn < ASKED_WHILE_OPEN; turn += 1) {
        refused.push(await ask(stage, customers[turn % customers.length] as Customer));
      }
      const callsWhileOpen = (await control(stage)).calls - before - callsToOpen;
      await control(stage, { mode: 'scorecard', latencyMs: 0, failureRate: 0 });
      const waitSeconds = Math.min(...refused.map(({ retryAfter }) => retryAfter));
      await load.done;
      await Bun.sleep(waitSeconds * 1000);
      const { probes, ms: healedAfterMs } = await untilClosed(stage, customers[0] as Customer);

      const slowestFailureMs = Math.round(Math.max(...failed.map(({ ms }) => ms)));
      claim(
        'every failure is a 503',
        [...failed, ...refused].every(({ status }) => status === 503),
      );
      claim(`the breaker opens after ${FAILURES_MAX} calls`, callsToOpen === FAILURES_MAX);
      claim('an open breaker asks nothing of the model', callsWhileOpen === 0);
      claim('a failure costs at most its timeout', slowestFailureMs < TIMEOUT_MS + SLACK_MS);
      claim(
        'an open breaker says when to come again',
        refused.every(({ retryAfter }) => retryAfter >= 1 && retryAfter <= 30),
      );
      claim('one probe heals it', probes === 1);
      return {
        callsToOpen,
        callsWhileOpen,
        slowestFailureMs,
        medianRefusalMs: Math.round(median(refused.map(({ ms }) => ms)) * 10) / 10,
        probes,
        healedAfterMs: Math.round(healedAfterMs),
      };
    },
  };
}

/**
 * How long after its time was over the breaker let an analysis through, and how many analyses had asked the
 * model by then. The one that heals it may ask more than once: a denial is explained by further calls.
 */
async function untilClosed(stage: Stage, customer: Customer): Promise<{ probes: number; ms: number }> {
  const startedMs = performance.now();
  for (let probes = 0; performance.now() - startedMs < 40_000; await Bun.sleep(100)) {
    const before = (await control(stage)).calls;
    const { status } = await ask(stage, customer);
    if ((await control(stage)).calls > before) probes += 1;
    if (status === 200) return { probes, ms: performance.now() - startedMs };
  }
  throw new Error('the breaker does not close');
}
