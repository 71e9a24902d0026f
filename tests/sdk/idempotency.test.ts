import { describe, expect, test } from 'bun:test';
import { type EcsError, ValidationError } from '../../sdk/index.ts';
import { failureOf } from '../../sdk/core/test-server.ts';
import { eventually } from '../harness/engines.ts';
import { clientOf, registerCustomer, useSystems } from './systems.ts';

// needs: redis

/** Events with an idempotency key, the same in the fake that partners test with and in the real system. */
const systems = useSystems();

const calm = (positivity = 0.9) => ({
  type: 'calm',
  metrics: { positivity, intensity: 0.4, stress_level: 0.1 },
});

for (const name of ['fake', 'real'] as const) {
  describe(`the ${name} system`, () => {
    const system = systems[name];

    test('takes an idempotency key for one event, sent by two clients at any time', async () => {
      const { id: userId, token } = await registerCustomer(system());
      const [firstClient, secondClient] = [clientOf(system(), { token }), clientOf(system(), { token })];
      const [key, batchKey] = ['order-17', 'orders-of-today'].map((idempotencyKey) => ({ idempotencyKey }));
      const ids = new Set<string>();
      for (const { transactions, emotions } of [firstClient, secondClient]) {
        ids.add((await transactions.send({ userId, amount: 17.5 }, key)).eventId);
        ids.add((await emotions.send({ userId, emotionEvent: calm() }, key)).eventId);
        const feelings = [calm(0.1), calm(0.1)].map((emotionEvent) => ({ userId, emotionEvent }));
        for (const id of (await emotions.sendBatch(feelings, batchKey)).eventIds) ids.add(id);
      }
      // The key is one text for both topics, so both events have one id; the feelings of the batch are two.
      expect(ids.size).toBe(3);
      const reused = await failureOf(firstClient.transactions.send({ userId, amount: 18 }, key));
      expect(reused).toBeInstanceOf(ValidationError);
      expect((reused as EcsError).code).toBe('idempotency_key_reused');
      await firstClient.transactions.sendBatch(
        [5, 5, -1, 6].map((amount) => ({ userId, amount })),
        batchKey,
      );
      await secondClient.transactions.sendBatch(
        [7, 6, 5, 5].map((amount) => ({ userId, amount })),
        batchKey,
      );
      await eventually('each is stored once', async () => {
        const { items } = await firstClient.emotions.summary(userId);
        const purchases = await system().countTransactions(userId);
        return items[0]?.event_count === 3 && purchases === 5;
      });
    });

    test('knows a request again however its ids are written', async () => {
      const { id, token } = await registerCustomer(system());
      const responses: (string | null)[] = [];
      for (const spelling of [id, id.toUpperCase(), `%${id.charCodeAt(0).toString(16)}${id.slice(1)}`]) {
        const { status, headers } = await system().fetch(
          `${system().baseUrl}/v1/users/${spelling}/credit-analysis`,
          { method: 'POST', headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'spelled' } },
        );
        responses.push(`${status} ${headers.get('idempotency-replayed')}`);
      }
      expect(responses).toEqual(['200 null', '200 true', '200 true']);
    });

    test('returns the first response again for the same key', async () => {
      const { id: userId, token } = await registerCustomer(system());
      const post = async (path: string, contentType: string, idempotencyKey: string, body: string) => {
        const response = await system().fetch(`${system().baseUrl}${path}`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': contentType,
            'idempotency-key': idempotencyKey,
          },
          body,
        });
        const replayed = response.headers.get('idempotency-replayed');
        return { status: response.status, replayed, body: (await response.json()) as object };
      };
      const timestamp = new Date().toISOString();
      const emotion = { userId, timestamp, emotionEvent: calm() };
      const lines = [emotion, { ...emotion, timestamp: 'never' }]
        .map((line) => JSON.stringify(line))
        .join('\n');
      const requests = [
        ['/v1/emotions/stream', 'application/json', 'k1', JSON.stringify(emotion)],
        ['/v1/transactions', 'application/json', 'k1', JSON.stringify({ userId, amount: 10 })],
        ['/v1/emotions/batch', 'application/x-ndjson', 'k1', lines],
      ] as const;
      for (const [path, type, key, body] of requests) {
        const send = () => post(path, type, key, body);
        const first = await send();
        expect(first).toMatchObject({ status: 202, replayed: null });
        expect(await send()).toEqual({ ...first, replayed: 'true' });
      }
    });
  });
}
