import { connect } from 'nats';
import { readNatsUrl } from '../../platform/addresses/nats.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import type { Drill } from './drill.ts';

/** Twelve ways in which a message can be bad, on the wire itself, where no endpoint checks it. */
export const KINDS: Record<string, (userId: string, eventId: string) => string | Uint8Array> = {
  'not UTF-8': () => new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]),
  empty: () => '',
  'cut off': (userId) => `{"userId":"${userId}"`,
  null: () => 'null',
  'an array': () => '[]',
  'no fields': () => '{}',
  'an unknown user': (_, eventId) => event('00000000-0000-4000-8000-000000000000', eventId, {}),
  'no such date': (userId, eventId) => event(userId, eventId, { timestamp: '2026-02-30T00:00:00.000000Z' }),
  'out of range': (userId, eventId) => event(userId, eventId, {}, { positivity: 7 }),
  'a text for a number': (userId, eventId) => event(userId, eventId, {}, { intensity: '0.5' }),
  'a NUL in a text': (userId, eventId) => event(userId, eventId, { traceId: 'a\u0000b' }),
  'an id that is none': (userId) => event(userId, 'not-an-id', {}),
};

/** One in a hundred messages is poison: each is dead-lettered with its cause, and nobody waits for it. */
export const poison: Drill = {
  name: 'poison',
  summary: `one event in a hundred is bad, in ${Object.keys(KINDS).length} ways, behind every endpoint`,
  events: 6000,
  async run({ system, random, customers, events, startLoad }) {
    const connection = await connect(readNatsUrl(system.natsUrl));
    const load = startLoad();
    let injected = 0;
    try {
      const js = connection.jetstream();
      const targetCount = Math.max(Object.keys(KINDS).length, Math.round(events / 100));
      for (const make of Array.from(
        { length: targetCount },
        (_, index) => Object.values(KINDS)[index % 12],
      )) {
        const payload = make?.(random.pick(customers).id, random.uuid()) ?? '';
        await js.publish(TOPICS.emotions.subject, payload, { msgID: random.uuid() });
        injected += 1;
      }
    } finally {
      await connection.close();
    }
    await load.done;
    return { injected };
  },
  deadLetters: ({ injected = 0 }) => injected,
};

function event(userId: string, eventId: string, changes: object, metrics: object = {}): string {
  return JSON.stringify({
    userId,
    eventId,
    timestamp: new Date().toISOString(),
    emotionEvent: {
      type: 'calm',
      metrics: { positivity: 0.5, intensity: 0.5, stress_level: 0.5, ...metrics },
    },
    traceId: 'drill',
    ...changes,
  });
}
