import { DAY_MS } from '../../sdk/contracts/time.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EmotionInput, TransactionInput } from '../../sdk/index.ts';

/** A customer of the demo: a life in one phrase and the events of the last 29 days. */
export interface Persona {
  name: string;
  life: string;
  emotions: Omit<EmotionInput, 'userId'>[];
  transactions: Omit<TransactionInput, 'userId'>[];
}

const LIVES: { name: string; life: string; hasHistory: boolean }[] = [
  { name: 'ada', life: 'calm, buys a little every day', hasHistory: true },
  { name: 'bruno', life: 'under stress for weeks', hasHistory: true },
  { name: 'carla', life: 'spends much, with mixed feelings', hasHistory: true },
  { name: 'dan', life: 'new here, no history', hasHistory: false },
];

/**
 * Reads `personas/<name>.<kind>.ndjson` and moves it to the present. `daysAgo` is below 29, inside every
 * window of 30 days; no emotion is 6 to 7 days old, since those are in the window of 7 days or not by the
 * hour of the day.
 */
export function loadPersonas(now: Date): Persona[] {
  return LIVES.map(({ name, life, hasHistory }) => ({
    name,
    life,
    emotions: (hasHistory ? readEvents<Pick<EmotionInput, 'emotionEvent'>>(name, 'emotions') : []).map(
      ({ daysAgo, emotionEvent }) => ({ timestamp: timeOf(now, daysAgo), emotionEvent }),
    ),
    transactions: (hasHistory ? readEvents<{ amount: number }>(name, 'transactions') : []).map(
      ({ daysAgo, amount }) => ({ occurredAt: timeOf(now, daysAgo), amount }),
    ),
  }));
}

function timeOf(now: Date, daysAgo: number): string {
  return new Date(now.getTime() - daysAgo * DAY_MS).toISOString();
}

function readEvents<Event>(name: string, kind: 'emotions' | 'transactions'): (Event & { daysAgo: number })[] {
  const text = readFileSync(join(import.meta.dir, 'personas', `${name}.${kind}.ndjson`), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event & { daysAgo: number });
}
