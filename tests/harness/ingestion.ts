import { Type } from '@sinclair/typebox';
import { type BatchReceived, Closed, type FactSource, Uuid } from '../../sdk/contracts/common.ts';
import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import type { Bus } from '../../platform/messaging/bus.ts';
import { createBatchReceiver } from '../../platform/ingestion/ingest-batch.ts';
import type { Ingestion } from '../../platform/ingestion/ingest.ts';
import { createKeyMemory } from '../../platform/ingestion/key-memory.ts';
import type { Principal } from '../../platform/http/principal.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import type { HandlerResult, Call } from '../../platform/http/call.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { eventually } from './engines.ts';
import { openTestBus, openTestCache } from './runtime.ts';

/** An ingestion of small events, on a broker of its own. */
export const Event = Closed({ userId: Uuid, eventId: Type.Optional(Uuid), size: Type.Number() });
export type Event = { userId: string; eventId?: string; size: number };
type Message = Event & { eventId: string; traceId: string; source: FactSource };
export const userId = Bun.randomUUIDv7();
export const otherId = Bun.randomUUIDv7();
const customer: Principal = { kind: 'customer', userId, tokenExpiresAtMs: Infinity };

export async function openIngestion(runtime: Runtime) {
  const { bus, nats } = await openTestBus(runtime);
  const cache = await openTestCache(runtime);
  await eventually('redis is connected', () => cache.ping().then(() => true));
  const ingestion: Ingestion<Event, Message> = {
    bus,
    topic: 'transactions',
    memory: createKeyMemory({ cache, secretKey: crypto.randomUUID(), topic: 'transactions' }),
    now: Date.now,
    toMessage: (event, { eventId, traceId, source }) =>
      event.size < 0
        ? { path: '/size', message: 'must not be negative' }
        : { ...event, eventId, traceId, source },
    contentOf: ({ size }) => [size],
  };
  return { bus, nats, ingestion, batch: createBatchReceiver(ingestion, Event) };
}

export function callOf<Body>(changes: Partial<Call<Body>>): Call<Body> {
  const request = new Request('http://localhost/');
  return {
    endpoint: ENDPOINTS.sendTransaction,
    principal: customer,
    params: {},
    body: undefined as Body,
    text: '',
    request,
    requestId: 'request',
    span: null,
    traceId: 'trace',
    idempotencyKey: null,
    clientAddress: () => '203.0.113.9',
    ...changes,
  };
}

/** The response to a batch, replayed or not. */
export async function receivedOf(result: Promise<HandlerResult>): Promise<BatchReceived> {
  const response = await result;
  return (response instanceof Response ? await response.json() : response) as BatchReceived;
}

export async function publishedOf(bus: Bus): Promise<Message[]> {
  const { jsm } = bus.client();
  const { stream } = TOPICS.transactions;
  const { state } = await jsm.streams.info(stream);
  const messages: Message[] = [];
  for (let seq = 1; seq <= state.last_seq; seq += 1) {
    const text = new TextDecoder().decode((await jsm.streams.getMessage(stream, { seq })).data);
    messages.push(...text.split('\n').map((line) => JSON.parse(line) as Message));
  }
  return messages;
}
