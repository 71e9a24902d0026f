import fc from 'fast-check';
import { PARTNER_ENDPOINT_LIST } from '../../sdk/contracts/partner-endpoints.ts';

/**
 * A request that is almost right. `$user`, `$token`, `$key`, `$client`, `$secret` and
 * `$partner` (a token for emotions) stand for each system's own values, as do
 * `$offer`, `$closed`, `$approval` and `$denial`, which no request changes; `$email` stands for a new
 * address: too many logins for one are rejected.
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
const consent = fc.record(
  {
    granted: mostly<unknown>(true, false, 'yes', null),
    text_version: mostly<unknown>('2026-11', '', 'x'.repeat(65), 'two words', 'é', 7),
    extra: mostly<unknown>(undefined, 1),
  },
  { requiredKeys: ['granted'] },
);
const closing = fc.record({ reason: mostly<unknown>('withdrawn', 'closed_by_customer', 'bored', null, '') });
const review = fc.record(
  { statement: mostly<unknown>('Look again.\nPlease.', '', 'x'.repeat(2001), 'a\u0000b', 7, null) },
  { requiredKeys: [] },
);
/** Never the right password: nobody is erased. Nor a wrong one, of which a few are counted. */
const erasure = fc.record(
  { password: mostly<unknown>('', 'x'.repeat(129), null, 7), extra: fc.constant(1) },
  { requiredKeys: ['extra'] },
);
/** Never a wrong secret, of which a few are counted. */
const tokenRequest = fc
  .record(
    {
      grant_type: mostly('client_credentials', 'password', ''),
      client_id: fc.constant('$client'),
      client_secret: mostly('$secret', ''),
      scope: mostly('transactions:write emotions:write', 'emotions:write', 'credit:write', ' ', ''),
      client_assertion: mostly('', '', 'a.b.c'),
      other: mostly('', '1'),
    },
    { requiredKeys: ['client_id'] },
  )
  .map((fields) => new URLSearchParams(fields).toString().replaceAll('%24', '$'));
const form = fc.oneof(
  { weight: 8, arbitrary: tokenRequest },
  fc.constantFrom('', 'grant_type=a&grant_type=b', 'grant_type', '{}'),
);
const nothing = fc.record({ extra: fc.constant(1) }, { requiredKeys: [] });

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
  closeOffer: oneOf(closing),
  requestReview: oneOf(review),
  putConsent: oneOf(consent),
  eraseCustomer: oneOf(erasure),
  analyzeCredit: oneOf(nothing),
  createTicket: oneOf(nothing),
  createPartnerToken: form,
};

/** The values of each parameter of a path. */
const PARAMETERS: Record<string, fc.Arbitrary<string>> = {
  user_id: mostly('$user', OTHER, 'me', '$USER'),
  offer_id: mostly('$closed', OTHER, 'me', '$denial', '%20'),
  analysis_id: mostly('$denial', '$approval', OTHER, 'me', '$offer'),
  purpose: mostly('offers', 'emotion_scoring', 'emotion_capture', 'marketing', 'OFFERS'),
};

const pathOf = (path: string): fc.Arbitrary<string> => {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return fc
    .tuple(...names.map((name) => PARAMETERS[name] ?? fc.constant(OTHER)))
    .map((values) => names.reduce((filled, name, at) => filled.replace(`{${name}}`, values[at] ?? ''), path));
};

export const generatedRequests: fc.Arbitrary<GeneratedRequest> = fc
  .constantFrom(...PARTNER_ENDPOINT_LIST)
  .chain(([name, endpoint]) =>
    fc
      .record({
        method: mostly<string>(endpoint.method, 'PUT', 'GET', 'POST', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'),
        path: pathOf(endpoint.path),
        query: mostly(
          '',
          '?page=2&page_size=3',
          '?days=7',
          '?cursor=1',
          `?cursor=${OTHER}`,
          '?page=0',
          '?days=x',
          '?nope=1',
          '?page_size=101',
          '?days=366',
          '?page=1&page=2',
          '?cursor=%ff',
          '?ticket=none',
        ),
        authorization: mostly(
          'Bearer $token',
          '',
          'Bearer no',
          'Basic $token',
          'bearer $token',
          'Bearer $partner',
        ),
        internalKey: mostly('', '', '$key', 'wrong'),
        contentType: mostly(
          endpoint.body?.contentType ?? '',
          'text/plain',
          'application/json; charset=utf-8',
        ),
        accept: mostly('', 'text/event-stream;q=0.1, */*', 'text/html', 'text/event-stream;q=0', '*/*;q=0'),
        key: mostly('', '', crypto.randomUUID(), 'x'.repeat(256), 'with space'),
        condition: mostly('', '', '', '"1"', '*'),
        body: BODIES[name] ?? fc.constant(''),
      })
      .map(
        ({ method, path, query, authorization, internalKey, contentType, accept, key, condition, body }) => ({
          method,
          path: `${path}${query}`,
          headers: Object.fromEntries(
            Object.entries({
              authorization,
              'x-internal-key': internalKey,
              'content-type': contentType,
              accept,
              'if-match': condition,
              // A key is used once: a key that was used before belongs to another test.
              'idempotency-key': key.length === 36 ? crypto.randomUUID() : key,
            }).filter(([, value]) => value !== ''),
          ),
          body,
        }),
      ),
  );
