import { EmotionEvent } from '../../sdk/contracts/emotion.ts';
import { Transaction } from '../../sdk/contracts/transaction.ts';
import { numberOf } from './csv.ts';
import type { EventKind } from './read-event.ts';

/** The two kinds of events that can be imported. */

export const EMOTIONS: EventKind = {
  kind: 'emotions',
  schema: EmotionEvent,
  columns: {
    required: ['type', 'positivity', 'intensity', 'stress_level'],
    optional: ['timestamp', 'eventId', 'userId'],
    numbers: ['positivity', 'intensity', 'stress_level'],
    time: 'timestamp',
  },
  fromRow({ type, positivity, intensity, stress_level, ...others }) {
    const metrics = { positivity, intensity, stress_level };
    const numbers = Object.entries(metrics).map(([name, text]) => [name, numberOf(text)]);
    return { ...others, emotionEvent: { type, metrics: Object.fromEntries(numbers) } };
  },
};

export const TRANSACTIONS: EventKind = {
  kind: 'transactions',
  schema: Transaction,
  columns: {
    required: ['amount'],
    optional: ['occurredAt', 'eventId', 'userId'],
    numbers: ['amount'],
    time: 'occurredAt',
  },
  fromRow: (row) => Object.assign(row as object, { amount: numberOf(row.amount) }),
};
