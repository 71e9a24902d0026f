import { compilePolicy } from '../policy/compile-policy.ts';
import type { Policy } from '../policy/build-policy.ts';
import shipped from '../policies/v1.json';
import type { FeatureVector } from '../risk-model.ts';
import { MODEL_VERSION, score } from '../scorecard.ts';
import { completeApplication, prepareApplication } from './apply.ts';
import type { Ask } from './explain.ts';
import type { DecisionRecord } from './record.ts';

/** Decisions of generated customers, for tests and benches: the same number gives the same customer. */
export const SHIPPED = compilePolicy(shipped);

const ask: Ask = async (vectors: FeatureVector[]) =>
  vectors.map((features) => ({ ...score(features), model_version: MODEL_VERSION }));

const JURISDICTIONS = ['BR', 'DE', 'US', 'unknown'];

/** Customers that differ; those of higher numbers are like them, with ids of their own. */
const DISTINCT = 3024;
const decidedBefore = new Map<string, Promise<DecisionRecord>>();

/** Decides on the customer of a number by a policy. */
export async function decideOn(number: number, policy: Policy = SHIPPED): Promise<DecisionRecord> {
  const like = number % DISTINCT;
  const key = `${policy.hash} ${like}`;
  const decided = decidedBefore.get(key) ?? decide(like, policy);
  decidedBefore.set(key, decided);
  return {
    ...(await decided),
    analysis_id: idOf(number),
    user_id: idOf(Math.floor(number / 2)),
    decided_at: new Date(Date.UTC(2026, 10, 23) + number * 1000).toISOString(),
  };
}

/** Returns a record as one from before records named their edition. */
export function withoutEdition({ versions, ...record }: DecisionRecord): DecisionRecord {
  const { edition: _, ...unnamed } = versions;
  return { ...record, versions: unnamed };
}

function decide(number: number, policy: Policy): Promise<DecisionRecord> {
  const today = '2026-11-23';
  const share = (prime: number) => ((number * prime) % 1009) / 1009;
  const transactionCount = Math.floor(share(331) * 60);
  const platformCount = number % 3 === 0 ? transactionCount : 0;
  const amount = 5 + Math.round(share(577) * 20_000) / 100;
  const eventCount = Math.floor(share(211) * 40);
  const jurisdiction = JURISDICTIONS[number % JURISDICTIONS.length] ?? 'unknown';
  const prepared = prepareApplication(policy, {
    jurisdiction,
    today,
    transactions: [
      {
        date: today,
        transactionCount,
        amountSum: transactionCount * amount,
        platform: { transactionCount: platformCount, amountSum: platformCount * amount },
      },
    ],
    emotions:
      policy.effectIn(jurisdiction).effect === 'off'
        ? null
        : [
            {
              date: today,
              eventCount,
              positivitySum: eventCount * share(97),
              stressEventCount: Math.floor(eventCount * share(53)),
              platform: { eventCount: 0, positivitySum: 0, stressEventCount: 0 },
            },
          ],
    exposure: number % 7 === 0 ? Math.round(share(701) * 1_000_000) / 100 : 0,
  });
  return completeApplication(
    prepared,
    { ask, askAgain: ask },
    {
      analysisId: idOf(number),
      userId: idOf(Math.floor(number / 2)),
      traceId: null,
      decidedAt: new Date(0),
      salt: 'salt',
    },
  );
}

function idOf(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}
