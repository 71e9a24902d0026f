import { pause } from '../../platform/kernel/lifecycle.ts';
import type { BatchResult, EcsClient, EmotionInput, TransactionInput } from '../../sdk/index.ts';
import { uuidv7 } from '../../sdk/index.ts';
import { CliError, EXIT, print, printJson } from '../ui/output.ts';
import {
  type CustomerFlags,
  interruptSignal,
  newCustomer,
  openCustomer,
  openSession,
  readInteger,
} from '../config/session.ts';

/** `--events N --rate N/s` of a simulation. */
export interface PaceFlags {
  users?: string;
  events: string;
  rate: string;
}

interface Sender {
  userId: string;
  ecs: EcsClient;
}

const TICK_MS = 100;
const EVENTS_PER_TICK_MAX = 1000;
const USERS_MAX = 1000;

/** Sends plausible events at a steady rate, one batch a tick and user, and prints how many were taken. */
export async function simulate<Event>(
  flags: CustomerFlags & PaceFlags,
  invent: (userId: string) => Event,
  send: (ecs: EcsClient, events: Event[], signal: AbortSignal) => Promise<BatchResult>,
): Promise<void> {
  const total = readInteger('--events', flags.events, { min: 1, max: 10_000_000 });
  const perSecond = readRate(flags.rate);
  const signal = interruptSignal();
  const senders = await openSenders(flags, signal);
  const startedMs = performance.now();
  let sentCount = 0;
  let accepted = 0;
  while (sentCount < total && !signal.aborted) {
    const elapsedMs = performance.now() - startedMs;
    const plannedCount = Math.min(total, Math.ceil(((elapsedMs + TICK_MS) / 1000) * perSecond));
    const due = Math.min(plannedCount - sentCount, EVENTS_PER_TICK_MAX);
    // The nth event of all is the (n mod users)th user's, so that all have about as many.
    const results = await Promise.all(
      senders.map(async ({ userId, ecs }, index) => {
        const first = (index - (sentCount % senders.length) + senders.length) % senders.length;
        const count = Math.max(0, Math.ceil((due - first) / senders.length));
        if (count === 0) return 0;
        return (
          await send(
            ecs,
            Array.from({ length: count }, () => invent(userId)),
            signal,
          )
        ).accepted;
      }),
    );
    accepted += results.reduce((sum, count) => sum + count, 0);
    sentCount += due;
    if (sentCount < total) await pause(startedMs + elapsedMs + TICK_MS - performance.now(), signal);
  }
  const durationMs = Math.round(performance.now() - startedMs);
  const users = senders.map(({ userId }) => userId);
  if (flags.json) printJson({ users, sentCount, accepted, durationMs });
  else
    print(
      `${accepted} of ${sentCount} events accepted ` +
        `for ${users.length === 1 ? 'a customer' : `${users.length} customers`} ` +
        `in ${(durationMs / 1000).toFixed(1)} s`,
    );
  if (accepted < sentCount) throw new CliError(`${sentCount - accepted} events were not accepted`);
}

/** Uses new customers when a number is given, else the one of the kept login. */
async function openSenders(flags: CustomerFlags & PaceFlags, signal: AbortSignal): Promise<Sender[]> {
  if (flags.users === undefined) return [openCustomer(flags)];
  const count = readInteger('--users', flags.users, { min: 1, max: USERS_MAX });
  const session = openSession(flags);
  const senders: Sender[] = [];
  while (senders.length < count) {
    senders.push(await newCustomer(session, `simulated-${uuidv7()}@example.com`, signal));
  }
  return senders;
}

function readRate(text: string): number {
  const rate = Number(text.replace(/\/s$/, ''));
  if (rate >= 0.1 && rate <= 10_000) return rate;
  throw new CliError(`--rate must be from 0.1/s to 10000/s, not ${text}`, EXIT.usage);
}

/** A mood's usual positivity, intensity and stress. */
const MOODS: [string, number, number, number][] = [
  ['calm', 0.75, 0.25, 0.1],
  ['joy', 0.9, 0.7, 0.15],
  ['content', 0.8, 0.4, 0.1],
  ['bored', 0.45, 0.2, 0.25],
  ['worried', 0.3, 0.5, 0.65],
  ['anger', 0.15, 0.85, 0.85],
];

export function inventEmotion(userId: string): EmotionInput {
  const [type, positivity, intensity, stress] = MOODS[Math.floor(Math.random() * MOODS.length)] ?? [
    'calm',
    0.7,
    0.3,
    0.1,
  ];
  const near = (usual: number) => {
    const value = usual + (Math.random() - 0.5) * 0.2;
    return Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;
  };
  const metrics = { positivity: near(positivity), intensity: near(intensity), stress_level: near(stress) };
  return { userId, emotionEvent: { type, metrics } };
}

/** Many small purchases and a few large ones. */
export function inventTransaction(userId: string): TransactionInput {
  const amount = 3 + Math.exp(Math.random() * 6);
  return { userId, amount: Math.round(amount * 100) / 100 };
}
