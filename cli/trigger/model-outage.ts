import { pause } from '../../platform/kernel/lifecycle.ts';
import { EcsError, type EcsClient } from '../../sdk/index.ts';
import type { Steps } from '../demo/steps.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { monotonicMs } from '../../platform/kernel/monotonic-ms.ts';

/**
 * The risk model fails, the breaker opens, the model comes back, the breaker closes:
 *
 *   healthy --switch--> failing --5 failures in a row--> open --restore, 30 s, one probe--> closed
 *
 * However it ends, the model behaves as before.
 */
interface Outage {
  failures: number;
  /** How long a rejected request takes while the breaker is open. */
  refusedInMs: number;
  retryAfterSeconds: number;
  recoveredAfterMs: number;
}

interface Behavior {
  mode: string;
  latencyMs: number;
  failureRate: number;
}

const ASK_MS = 3_000;
const ATTEMPTS_MAX = 60;
const RECOVER_MS = 60_000;
const POLL_MS = 1_000;
/** A closed breaker asks to come back in a second, an open one when it will probe. */
const OPEN_RETRY_MS = 1_500;

export async function outModel(
  modelUrl: string,
  { ecs, userId, steps, signal }: { ecs: EcsClient; userId: string; steps: Steps; signal: AbortSignal },
): Promise<Outage> {
  const { mode, latencyMs, failureRate } = await control(modelUrl);
  await steps.run('the model fails from now on', () => control(modelUrl, { failureRate: 1 }));
  let refused: { failures: number; refusedInMs: number; retryAfterMs: number };
  try {
    refused = await steps.run(
      'the breaker opens',
      () => untilOpen(ecs, userId, signal),
      ({ failures, refusedInMs }) => `after ${failures} failures; refused in ${refusedInMs} ms, with 503`,
    );
  } finally {
    await steps.run('the model is back', () => control(modelUrl, { mode, latencyMs, failureRate }));
  }
  const backMs = performance.now();
  await steps.run(`a probe closes the breaker, in up to ${Math.ceil(refused.retryAfterMs / 1000)} s`, () =>
    untilClosed(ecs, userId, signal),
  );
  return {
    failures: refused.failures,
    refusedInMs: refused.refusedInMs,
    retryAfterSeconds: Math.ceil(refused.retryAfterMs / 1000),
    recoveredAfterMs: Math.round(performance.now() - backMs),
  };
}

/** The problem of an analysis now: null when it worked. */
async function problemOf(ecs: EcsClient, userId: string, signal: AbortSignal): Promise<EcsError | null> {
  try {
    await ecs.analyses.create(userId, { signal, maxRetries: 0 });
    return null;
  } catch (error) {
    if (error instanceof EcsError && error.status === 503) return error;
    throw error;
  }
}

async function untilOpen(ecs: EcsClient, userId: string, signal: AbortSignal) {
  for (let failures = 1; failures <= ATTEMPTS_MAX; failures += 1) {
    const problem = await problemOf(ecs, userId, signal);
    const retryAfterMs = problem?.retryAfterMs ?? 0;
    if (retryAfterMs <= OPEN_RETRY_MS) continue;
    const startedMs = performance.now();
    await problemOf(ecs, userId, signal);
    return { failures, refusedInMs: Math.round(performance.now() - startedMs), retryAfterMs };
  }
  throw new CliError(
    `the breaker did not open in ${ATTEMPTS_MAX} analyses`,
    EXIT.failed,
    'is ECS_MODEL_URL the model that this system asks?',
  );
}

async function untilClosed(ecs: EcsClient, userId: string, signal: AbortSignal): Promise<void> {
  const deadline = monotonicMs() + RECOVER_MS;
  while (await problemOf(ecs, userId, signal)) {
    signal.throwIfAborted();
    if (monotonicMs() > deadline)
      throw new CliError('the breaker did not close again', EXIT.failed, 'ecs breaker');
    await pause(POLL_MS, signal);
  }
}

/** Reads or changes how the model behaves; only its stand-in can be changed, and not in production. */
async function control(modelUrl: string, change?: Partial<Behavior>): Promise<Behavior> {
  let response: Response;
  try {
    response = await fetch(`${modelUrl}/control`, {
      signal: AbortSignal.timeout(ASK_MS),
      ...(change
        ? {
            method: 'POST',
            body: JSON.stringify(change),
            headers: { 'content-type': 'application/json' },
          }
        : {}),
    });
  } catch {
    throw new CliError(`the model at ${modelUrl} does not respond`, EXIT.unreachable, 'check ECS_MODEL_URL');
  }
  if (response.ok) return (await response.json()) as Behavior;
  throw new CliError(
    `the model at ${modelUrl} cannot be made to fail (${response.status})`,
    EXIT.notAllowed,
    'only the stand-in can, and not in production',
  );
}
