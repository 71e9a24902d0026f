import { beforeAll, describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import fc from 'fast-check';
import { eventually } from '../../tests/harness/engines.ts';
import {
  createTestRuntime,
  openTestBus,
  openTestDatabase,
  streams,
  untilAcknowledged,
} from '../../tests/harness/runtime.ts';
import type { Bus } from '../messaging/bus.ts';
import { startConsumer } from './consumer.ts';
import type { EventRejection } from './event-rejection.ts';
import { listDeadLetters } from '../dead-letters/dead-letter.ts';
import type { DeadLetter } from '../dead-letters/dead-letter-format.ts';
import { problem } from '../kernel/errors.ts';
import type { Database } from '../data/sql.ts';
import { ensureConsumer } from '../messaging/durable-consumer.ts';
import { TOPICS } from '../messaging/topics.ts';
import { createLineDecoder } from '../kernel/validation.ts';
import { consumedBy } from '../messaging/topology.ts';

const runtime = createTestRuntime();
const topic = consumedBy(TOPICS.emotions, 'emotion-processing');
const { stream, subject, durable } = topic;
const LONG_MS = 60_000;
const decodeLine = createLineDecoder(Type.Object({ id: Type.String(), amount: Type.Number() }));
type Event = { id: string; amount: number };
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  // No `on conflict`: an event that is stored twice would fail.
  await database.query((sql) => sql`create table kept (id text primary key, amount int check (amount > 0))`);
}, LONG_MS);

async function keep(events: Event[]): Promise<EventRejection[]> {
  const refused = events.flatMap((event, index) =>
    event.amount === 404 ? [{ index, code: 'unknown_user', message: 'there is no such user' }] : [],
  );
  if (events.some(({ amount }) => amount === 500)) throw new TypeError('a bug that one event wakes');
  const stored = events.filter(({ amount }) => amount !== 404);
  const ids = stored.map(({ id }) => id);
  const amounts = stored.map(({ amount }) => amount);
  await database.query(
    (sql) => sql`insert into kept select * from unnest(${ids}::text[], ${amounts}::int[])`,
  );
  return refused;
}

async function keptOf(ids: string[]): Promise<string[]> {
  const rows = await database.query((sql) => sql`select id from kept where id = any(${ids}) order by id`);
  return rows.map(({ id }) => String(id));
}

function consume(bus: Bus, handle = keep, decode = decodeLine) {
  return startConsumer({
    bus,
    database,
    topic: 'emotions',
    durable: 'emotion-processing',
    streams,
    decode,
    handle,
    ...runtime,
  });
}

const publish = (bus: Bus, payload: string | Uint8Array) =>
  bus.publish(subject, payload, { id: Bun.randomUUIDv7() });

const line = (amount: number, id: string = Bun.randomUUIDv7()) => JSON.stringify({ id, amount });
const idOf = (text: string) => (JSON.parse(text) as Event).id;

const essence = ({ sequence, line, code, payload }: DeadLetter) => ({
  sequence,
  line,
  code,
  payload,
});

describe('a consumer dead-letters', () => {
  test(
    'a line that is no event, alone and with its number, while the good lines go through',
    async () => {
      const { bus } = await openTestBus(runtime);
      const good = [line(1), line(2), line(3)];
      const noJson = '{"id": "x", ';
      const noAmount = '{"id":"x"}';
      const { seq } = await publish(bus, [good[0], noJson, good[1], '', noAmount, good[2], ''].join('\n'));
      consume(bus);
      await untilAcknowledged(bus, TOPICS.emotions);
      expect(await keptOf(good.map(idOf))).toEqual(good.map(idOf));
      const letters = await listDeadLetters(bus);
      expect(letters.map(essence)).toEqual([
        { sequence: seq, line: 2, code: 'invalid', payload: noJson },
        { sequence: seq, line: 5, code: 'invalid', payload: noAmount },
      ]);
      expect(letters[1]).toMatchObject({ stream, subject, deliveries: 1 });
      expect(letters[1]?.message).toContain('/amount');
    },
    LONG_MS,
  );

  test(
    'a message that is empty or not UTF-8, byte for byte',
    async () => {
      const { bus } = await openTestBus(runtime);
      await publish(bus, Uint8Array.of(0xff, 0xfe, 0x7b));
      await publish(bus, '');
      consume(bus);
      await untilAcknowledged(bus, TOPICS.emotions);
      const letters = await listDeadLetters(bus);
      expect(letters.map(({ line, code, bytes }) => ({ line, code, bytes }))).toEqual([
        { line: 0, code: 'malformed', bytes: 3 },
        { line: 1, code: 'invalid', bytes: 0 },
      ]);
      const stored = await bus.client().jsm.streams.getMessage('dead-letters', {
        seq: Number(letters[0]?.id),
      });
      expect([...stored.data]).toEqual([0xff, 0xfe, 0x7b]);
    },
    LONG_MS,
  );

  test(
    'events that the database rejects, with its code, and those that make the handler throw; the rest is stored',
    async () => {
      const { bus } = await openTestBus(runtime);
      const lines = [line(1), line(-1), line(2), line(500), line(3), line(404), line(2 ** 40)];
      await publish(bus, lines.join('\n'));
      consume(bus);
      await untilAcknowledged(bus, TOPICS.emotions);
      const good = [lines[0], lines[2], lines[4]].map((text) => idOf(text ?? ''));
      expect(await keptOf(lines.map(idOf))).toEqual(good);
      const letters = await listDeadLetters(bus);
      const byLine = letters.toSorted((a, b) => a.line - b.line);
      expect(byLine.map(({ line, code, message }) => [line, code, message])).toEqual([
        [2, 'refused', 'the database refused it (23514)'],
        [4, 'refused', 'the database refused it'],
        [6, 'unknown_user', 'there is no such user'],
        [7, 'refused', 'the database refused it (22003)'],
      ]);
    },
    LONG_MS,
  );

  test(
    'an event that the handler rejects for good with an AppError, and does not retry it',
    async () => {
      const { bus } = await openTestBus(runtime);
      let attempts = 0;
      consume(bus, async () => {
        attempts += 1;
        throw problem('invalid_request');
      });
      await publish(bus, line(1));
      const [letter] = await eventually('it is dead-lettered', async () => {
        const letters = await listDeadLetters(bus);
        return letters.length > 0 && letters;
      });
      await untilAcknowledged(bus, TOPICS.emotions);
      expect(letter).toMatchObject({ line: 1, code: 'refused' });
      expect(attempts).toBe(1);
    },
    LONG_MS,
  );

  test(
    'any mix of good and bad lines: each good one stored once, each bad one dead-lettered once',
    async () => {
      const { bus } = await openTestBus(runtime);
      consume(bus);
      const kinds = {
        good: 7,
        refused: -1,
        thrown: 500,
        unknown: 404,
        broken: null,
      };
      const kind = fc.constantFrom<keyof typeof kinds>('good', 'good', ...(Object.keys(kinds) as ['good']));
      const messages = fc.array(fc.array(kind, { minLength: 1, maxLength: 12 }), {
        minLength: 1,
        maxLength: 4,
      });
      let lettersBefore = 0;
      await fc.assert(
        fc.asyncProperty(messages, async (batch) => {
          const good: string[] = [];
          const bad: { sequence: number; line: number; payload: string }[] = [];
          for (const message of batch) {
            const lines = message.map((kind) => {
              const amount = kinds[kind];
              return amount === null ? `broken ${Bun.randomUUIDv7()}` : line(amount);
            });
            const { seq } = await publish(bus, lines.join('\n'));
            for (const [index, payload] of lines.entries()) {
              if (message[index] === 'good') good.push(idOf(payload));
              else bad.push({ sequence: seq, line: index + 1, payload });
            }
          }
          await untilAcknowledged(bus, TOPICS.emotions);
          expect(await keptOf(good)).toEqual(good.toSorted());
          const letters = (await listDeadLetters(bus, { limit: 10_000 })).slice(lettersBefore);
          lettersBefore += letters.length;
          const deadLettered = letters
            .map(({ sequence, line, payload }) => ({ sequence, line, payload }))
            .toSorted((a, b) => a.sequence - b.sequence || a.line - b.line);
          expect(deadLettered).toEqual(bad);
        }),
        { numRuns: 25, endOnFailure: true },
      );
    },
    LONG_MS,
  );

  test(
    'a message delivered more than 10 times, before it is read',
    async () => {
      const { bus } = await openTestBus(runtime);
      const { js } = bus.client();
      await ensureConsumer(bus, topic, streams);
      const deadly = line(1);
      const tried = line(2);
      await publish(bus, deadly);
      for (let delivery = 1; delivery <= 10; delivery += 1) (await js.pull(stream, durable, 2000)).nak();
      const handled: string[] = [];
      consume(bus, keep, (text) => {
        handled.push(text);
        return decodeLine(text);
      });
      const [letter] = await eventually('it is dead-lettered', async () => {
        const letters = await listDeadLetters(bus);
        return letters.length > 0 && letters;
      });
      expect(letter).toMatchObject({
        line: 0,
        code: 'delivered_too_often',
        deliveries: 11,
        payload: deadly,
      });
      await publish(bus, tried);
      await untilAcknowledged(bus, TOPICS.emotions);
      expect(handled).toEqual([tried]);
    },
    LONG_MS,
  );

  test(
    'a message that was delivered 10 times only is still handled',
    async () => {
      const { bus } = await openTestBus(runtime);
      const { js } = bus.client();
      await ensureConsumer(bus, topic, streams);
      const text = line(1);
      await publish(bus, text);
      for (let delivery = 1; delivery <= 9; delivery += 1) (await js.pull(stream, durable, 2000)).nak();
      consume(bus);
      await eventually('it is stored', async () => (await keptOf([idOf(text)])).length === 1);
      await untilAcknowledged(bus, TOPICS.emotions);
      expect(await listDeadLetters(bus)).toEqual([]);
    },
    LONG_MS,
  );
});
