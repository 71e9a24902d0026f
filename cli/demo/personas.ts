import { DAY_MS } from '../../sdk/contracts/time.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EmotionInput, TransactionInput } from '../../sdk/index.ts';

export type PersonaName = 'ada' | 'bruno' | 'carla' | 'dan';

/** A customer of the demo: a life in one phrase and the events of the last 29 days. */
export interface Persona {
  name: PersonaName;
  life: string;
  emotions: Omit<EmotionInput, 'userId'>[];
  transactions: Omit<TransactionInput, 'userId'>[];
}

interface Life {
  name: PersonaName;
  life: string;
  emotionsOf?: PersonaName;
  transactionsOf: PersonaName;
}

/** bruno spends exactly what ada spends, so that their decisions differ by emotions alone. */
const LIVES: Life[] = [
  { name: 'ada', life: 'steady spending, every feeling is bad', emotionsOf: 'ada', transactionsOf: 'ada' },
  {
    name: 'bruno',
    life: 'the same spending to the cent, and a good month',
    emotionsOf: 'bruno',
    transactionsOf: 'ada',
  },
  { name: 'carla', life: 'hardly any spending: denied, and then not', transactionsOf: 'carla' },
  { name: 'dan', life: 'one limit after the other, up to the cap', transactionsOf: 'dan' },
];

/**
 * Reads `personas/<name>.<kind>.ndjson` and moves it to the present. `daysAgo` is below 29, inside every
 * window of 30 days; no emotion is 6 to 7 days old, since those are in the window of 7 days or not by the
 * hour of the day.
 */
export function loadPersonas(now: Date): Persona[] {
  return LIVES.map(({ name, life, emotionsOf, transactionsOf }) => ({
    name,
    life,
    emotions: (emotionsOf ? readEvents<Pick<EmotionInput, 'emotionEvent'>>(emotionsOf, 'emotions') : []).map(
      ({ daysAgo, emotionEvent }) => ({ timestamp: timeOf(now, daysAgo), emotionEvent }),
    ),
    transactions: readEvents<{ amount: number }>(transactionsOf, 'transactions').map(
      ({ daysAgo, amount }) => ({ occurredAt: timeOf(now, daysAgo), amount }),
    ),
  }));
}

function timeOf(now: Date, daysAgo: number): string {
  return new Date(now.getTime() - daysAgo * DAY_MS).toISOString();
}

function readEvents<Event>(
  name: PersonaName,
  kind: 'emotions' | 'transactions',
): (Event & { daysAgo: number })[] {
  const text = readFileSync(join(import.meta.dir, 'personas', `${name}.${kind}.ndjson`), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event & { daysAgo: number });
}
