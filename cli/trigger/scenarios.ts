import type { EmotionInput, TransactionInput } from '../../sdk/index.ts';

/** Scenarios in a customer's life: name, meaning, events. */
export interface Scenario {
  name: string;
  summary: string;
  emotions(now: Date): Omit<EmotionInput, 'userId'>[];
  transactions(now: Date): Omit<TransactionInput, 'userId'>[];
}

const HOUR_MS = 60 * 60 * 1000;
const ago = (now: Date, hours: number) => new Date(now.getTime() - hours * HOUR_MS).toISOString();

export const SCENARIOS: Scenario[] = [
  {
    name: 'salary',
    summary: 'one large transaction, just now',
    emotions: () => [],
    transactions: (now) => [{ amount: 3200, occurredAt: now.toISOString() }],
  },
  {
    name: 'spree',
    summary: 'twenty purchases in two days',
    emotions: () => [],
    transactions: (now) =>
      Array.from({ length: 20 }, (_, n) => ({
        amount: 40 + ((n * 137) % 360),
        occurredAt: ago(now, n * 2.4),
      })),
  },
  {
    name: 'stressful-week',
    summary: 'three stressful moments a day for seven days',
    emotions: (now) =>
      Array.from({ length: 21 }, (_, n) => ({
        timestamp: ago(now, n * 7.9),
        emotionEvent: {
          type: n % 3 === 0 ? 'anger' : 'worried',
          metrics: {
            positivity: 0.1 + (n % 3) * 0.05,
            intensity: 0.8,
            stress_level: 0.75 + (n % 5) * 0.05,
          },
        },
      })),
    transactions: () => [],
  },
];

export const MODEL_OUTAGE = {
  name: 'model-outage',
  summary: 'the risk model fails until the breaker opens, and comes back (about 35 s)',
};
