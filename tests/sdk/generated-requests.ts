import fc from 'fast-check';
import { PARTNER_ENDPOINT_LIST } from '../../sdk/contracts/partner-endpoints.ts';

/**
 * A request that is almost right. `$user`, `$token` and `$key` stand for each system's own values, `$email`
 * for a new address: too many logins for one are rejected.
 */
export interface GeneratedRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

const OTHER = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';
const hour = 60 * 60 * 1000;
const at = (ms: number) => new Date(Date.now() + ms).toISOString();

const mostly = <T>(right: T, ...wrong: T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) });

const time = mostly<unknown>(
  at(-hour),
  at(hour),
  at(-31 * 24 * hour),
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  at(-hour).replace('T', ' ').replace(/\..*/, ''),
  at(-hour).replace('Z', '456789+00:00'),
  at(-hour).replace('Z', '-1400'),
  'yesterday',
  1,
);
const share = mostly<unknown>(0.5, 0, 1, 1.1, -0.1, '0.5', null);
const user = mostly<unknown>('$user', OTHER, 'me', 7, '');
const emotion = fc.record(
  {
    userId: user,
    timestamp: time,
    emotionEvent: fc.record({
      type: mostly<unknown>('calm', '', 'x'.repeat(65), 'a\nb', 3),
      metrics: fc.record({ positivity: share, intensity: share, stress_level: share }),
    }),
    // An id is used once, as a key is.
    eventId: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.uuid(), fc.constant('one')),
    extra: mostly<unknown>(undefined, true),
  },
  { requiredKeys: ['userId', 'emotionEvent'] },
);
const transaction = fc.record(
  {
    userId: user,
    amount: mostly<unknown>(42.5, 0, -1, 0.01, 1.005, 999_999_999.99, 1e9, '1', null),
    occurredAt: fc.option(time, { nil: undefined }),
  },
  { requiredKeys: ['userId'] },
);
const account = fc.record(
  {
    email: mostly<unknown>('$email', 'nobody', 'a@b', 'a b@c.de', '', 5),
    password: mostly<unknown>('short', 'x'.repeat(129), '', null),
  },
  { requiredKeys: ['email'] },
);
const acceptance = fc.record({ userId: user }, { requiredKeys: [] });

const batchOf = (event: fc.Arbitrary<object>) =>
  fc
    .array(
      fc.oneof({ weight: 5, arbitrary: event.map((content) => JSON.stringify(content)) }, fc.constant('{')),
      {
        maxLength: 4,
      },
    )
    .map((lines) => lines.join('\n'));
const oneOf = (event: fc.Arbitrary<object>) =>
  fc.oneof(
    { weight: 8, arbitrary: event.map((content) => JSON.stringify(content)) },
    fc.constantFrom('', '{', '[]', '1'),
  );

const BODIES: Partial<Record<string, fc.Arbitrary<string>>> = {
  register: oneOf(account),
  login: oneOf(account),
  sendEmotion: oneOf(emotion),
  sendEmotionBatch: batchOf(emotion),
  sendTransaction: oneOf(transaction),
  sendTransactionBatch: batchOf(transaction),
  acceptOffer: oneOf(acceptance),
};

export const generatedRequests: fc.Arbitrary<GeneratedRequest> = fc
  .constantFrom(...PARTNER_ENDPOINT_LIST)
  .chain(([name, endpoint]) =>
    fc
      .record({
        method: mostly<string>(endpoint.method, 'PUT', 'GET', 'POST', 'DELETE'),
        user: mostly('$user', OTHER, 'me'),
        query: mostly(
          '',
          '?page=2&page_size=3',
          '?days=7',
          '?cursor=1',
          `?cursor=${OTHER}`,
          '?page=0',
          '?days=x',
          '?nope=1',
        ),
        authorization: mostly('Bearer $token', '', 'Bearer no', 'Basic $token', 'bearer $token'),
        internalKey: mostly('', '', '$key', 'wrong'),
        contentType: mostly(
          endpoint.body?.contentType ?? '',
          'text/plain',
          'application/json; charset=utf-8',
        ),
        accept: mostly('', 'text/event-stream;q=0.1, */*', 'text/html', 'text/event-stream;q=0', '*/*;q=0'),
        key: mostly('', '', crypto.randomUUID(), 'x'.repeat(256), 'with space'),
        body: BODIES[name] ?? fc.constant(''),
      })
      .map(({ method, user, query, authorization, internalKey, contentType, accept, key, body }) => ({
        method,
        path: `${endpoint.path.replace(/\{\w+\}/, user)}${query}`,
        headers: Object.fromEntries(
          Object.entries({
            authorization,
            'x-internal-key': internalKey,
            'content-type': contentType,
            accept,
            // A key is used once: a key that was used before belongs to another test.
            'idempotency-key': key.length === 36 ? crypto.randomUUID() : key,
          }).filter(([, value]) => value !== ''),
        ),
        body,
      })),
  );
