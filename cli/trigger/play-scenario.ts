import { pause } from '../../platform/kernel/lifecycle.ts';
import type { CreditAnalysis, EcsClient } from '../../sdk/index.ts';
import type { Steps } from '../demo/steps.ts';
import { CliError, EXIT } from '../ui/output.ts';
import type { Scenario } from './scenarios.ts';
import { monotonicMs } from '../../platform/kernel/monotonic-ms.ts';

/** A customer's analysis before and after something happened to them. */
interface Effect {
  events: number;
  /** Of the request that carried the events. */
  traceId: string;
  before: CreditAnalysis;
  after: CreditAnalysis;
  /** From the 202 until an analysis knew of the events. */
  effectAfterMs: number;
}

const WAIT_MS = 20_000;
const POLL_MS = 50;

/**
 * Sends a scenario's events and waits until an analysis knows of them: seen through the API alone. Emotions
 * of a customer whose analyses read none are waited for in the daily summaries; the analysis stays.
 */
export async function playScenario(
  scenario: Scenario,
  { ecs, userId, steps, signal }: { ecs: EcsClient; userId: string; steps: Steps; signal: AbortSignal },
): Promise<Effect> {
  const before = await steps.run(
    'analyzed before',
    () => ecs.analyses.create(userId, { signal }),
    describeAnalysis,
  );
  const now = new Date();
  const emotions = scenario.emotions(now).map((event) => ({ ...event, userId }));
  const transactions = scenario.transactions(now).map((event) => ({ ...event, userId }));
  const events = emotions.length + transactions.length;
  const isUnread = emotions.length > 0 && (await readsNoEmotions(ecs, before, signal));
  const countBefore = isUnread ? await countEmotions(ecs, userId, signal) : 0;
  const { traceId } = await steps.run(
    `202, ${events} ${emotions.length > 0 ? 'emotion events' : 'transactions'} received`,
    () =>
      emotions.length > 0
        ? ecs.emotions.sendBatch(emotions, { signal })
        : ecs.transactions.sendBatch(transactions, { signal }),
    (received) => `request ${received.traceId}`,
  );
  const sentMs = performance.now();
  const after = isUnread
    ? await steps.run('stored; analyses read no emotions of this customer', async () => {
        const isSummarized = async () =>
          (await countEmotions(ecs, userId, signal)) >= countBefore + events || null;
        await untilSeen(isSummarized, signal);
        return ecs.analyses.create(userId, { signal });
      })
    : await steps.run(
        'stored, and known to the next analysis',
        () => untilSeen(() => analyzeUnlike(ecs, before, signal), signal),
        describeAnalysis,
      );
  return { events, traceId, before, after, effectAfterMs: Math.round(performance.now() - sentMs) };
}

async function readsNoEmotions(ecs: EcsClient, analysis: CreditAnalysis, signal: AbortSignal) {
  return (await ecs.analyses.get(analysis.analysis_id, { signal })).emotion_effect === 'off';
}

async function countEmotions(ecs: EcsClient, userId: string, signal: AbortSignal): Promise<number> {
  const { items } = await ecs.emotions.summary(userId, { days: 30, signal });
  return items.reduce((sum, day) => sum + day.event_count, 0);
}

/** Returns an analysis that is another one than before, or null. */
async function analyzeUnlike(ecs: EcsClient, before: CreditAnalysis, signal: AbortSignal) {
  const analysis = await ecs.analyses.create(before.user_id, { signal });
  return analysis.analysis_id === before.analysis_id ? null : analysis;
}

async function untilSeen<T>(attempt: () => Promise<T | null>, signal: AbortSignal): Promise<T> {
  const deadline = monotonicMs() + WAIT_MS;
  for (;;) {
    signal.throwIfAborted();
    const effect = await attempt();
    if (effect !== null) return effect;
    if (monotonicMs() > deadline) {
      const message = `the events had no effect in ${WAIT_MS / 1000} s`;
      throw new CliError(message, EXIT.failed, 'ecs status');
    }
    await pause(POLL_MS, signal);
  }
}

function describeAnalysis({ approved, ml_risk_score, reasons }: CreditAnalysis): string {
  const codes = reasons.map(({ code }) => code).join(', ');
  return `${approved ? 'approved' : 'denied'}, risk score ${ml_risk_score}${codes ? ` (${codes})` : ''}`;
}
