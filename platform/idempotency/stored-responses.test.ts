import { beforeAll, expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import type { Database } from '../data/sql.ts';
import type { Call, HandlerResult } from '../http/call.ts';
import type { Principal } from '../http/principal.ts';
import { problem } from '../kernel/errors.ts';
import { createIdempotency, type Idempotency } from './idempotency.ts';
import { deleteExpiredKeys } from './idempotency-store.ts';

const CUSTOMER = { kind: 'customer', userId: '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a' };
const DAY = 86_400;

const runtime = createTestRuntime();
let database: Database;
let idempotency: Idempotency;
beforeAll(async () => {
  database = await openTestDatabase(runtime);
  idempotency = createIdempotency({ database, secretKey: 'first,second' });
});

const callOf = (key: string | null, principal: object = CUSTOMER, body: unknown = {}) =>
  ({
    endpoint: ENDPOINTS.login,
    principal: principal as Principal,
    params: {},
    body,
    text: JSON.stringify(body),
    idempotencyKey: key,
    requestId: 'request-1',
  }) as unknown as Call;

const newKey = () => crypto.randomUUID();
const succeed = async (): Promise<HandlerResult> => ({ done: true });
const refuse = (error: Error) => () => Promise.reject(error);
const run = (call: Call, work: () => Promise<HandlerResult> = succeed, among = idempotency) =>
  among.once(call, 200, work).then(
    (result) => ((result as Response).headers.has('idempotency-replayed') ? 'replayed' : 'ran'),
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );
const change = (key: string, column: 'expires_at' | 'locked_until') =>
  database.query(
    (sql) => sql`
    update idempotency_keys set ${sql(column)} = now() - interval '1 second' where key = ${key}`,
  );
const now = async () => {
  const [row] = await database.query(
    (sql) => sql<{ at: number }[]>`
    select extract(epoch from clock_timestamp())::float8 as at`,
  );
  return row!.at;
};
const rowOf = async (key: string) => {
  const [row] = await database.query(
    (sql) => sql<{ expires: number; locked: number; scope: string }[]>`
    select extract(epoch from expires_at)::float8 as expires, extract(epoch from locked_until)::float8 as locked, scope
    from idempotency_keys where key = ${key}`,
  );
  return row;
};
/** Expects a moment to be so many seconds after one between both, by the clock of the database. */
const expectBetween = (moment: number, seconds: number, [before, after]: [number, number]) => {
  expect(moment - before).toBeGreaterThanOrEqual(seconds - 0.001);
  expect(moment - after).toBeLessThanOrEqual(seconds + 0.001);
};

test.each<[HandlerResult, number]>([
  [{ done: true }, DAY],
  [new Response(null, { status: 204 }), DAY],
  [{ access_token: 't', expires_in: 3600 }, 60],
  [{ ticket: 't', expires_in: 30 }, 30],
  [{ client_secret: 's' }, 60],
  [{ secret: 's' }, 60],
])('the response %j is kept for %i seconds', async (result, seconds) => {
  const key = newKey();
  const before = await now();
  expect(await run(callOf(key), async () => result)).toBe('ran');
  expectBetween((await rowOf(key))!.expires, seconds, [before, await now()]);
});

test('a replay has the status, the body and the headers of the first response that belong to it', async () => {
  const call = callOf(newKey());
  const work = async () =>
    new Response('{"a":1}', {
      status: 202,
      headers: { location: '/v1/x', 'content-type': 'application/json', 'x-private': 'y' },
    });
  await idempotency.once(call, 200, work);
  const replay = (await idempotency.once(call, 200, succeed)) as Response;
  expect([replay.status, await replay.text()]).toEqual([202, '{"a":1}']);
  expect(Object.fromEntries(replay.headers)).toEqual({
    'cache-control': 'no-store',
    'content-type': 'application/json',
    'idempotency-replayed': 'true',
    location: '/v1/x',
  });
});

test('without a key nothing is kept: the work runs each time', async () => {
  let runs = 0;
  const work = async () => ({ runs: (runs += 1) });
  expect(await idempotency.once(callOf(null), 200, work)).toEqual({ runs: 1 });
  expect(await idempotency.once(callOf(null), 200, work)).toEqual({ runs: 2 });
});

test.each<[string, Error, string]>([
  ['a refusal', problem('offer_expired'), 'replayed'],
  ['503', problem('overloaded'), 'ran'],
  ['429', problem('quota_exceeded'), 'ran'],
  ['500', problem('internal_error'), 'ran'],
  ['a bug', new Error('boom'), 'ran'],
])(
  'after %s of a customer the same request is judged again only when that may help',
  async (_, error, then) => {
    const call = callOf(newKey());
    await run(call, refuse(error));
    expect(await run(call)).toBe(then);
  },
);

test('a stored refusal is the problem of the first request; a stranger has none stored', async () => {
  const call = callOf(newKey());
  const first = (await idempotency.once(call, 200, refuse(problem('offer_expired')))) as Response;
  expect([first.status, first.headers.get('content-type')]).toEqual([410, 'application/problem+json']);
  expect(await first.json()).toMatchObject({ code: 'offer_expired', requestId: 'request-1' });
  const stranger = callOf(newKey(), { kind: 'anonymous' }, { email: 'a@example.com' });
  expect(await run(stranger, refuse(problem('invalid_credentials')))).toBe('invalid_credentials');
  expect(await run(stranger)).toBe('ran');
});

test('a released key takes no other key of its owner with it, nor one of another owner', async () => {
  const [kept, released] = [newKey(), newKey()];
  const other = { kind: 'customer', userId: '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8b' };
  const running = Promise.withResolvers<HandlerResult>();
  const first = run(callOf(kept), () => running.promise);
  await run(callOf(released, other));
  await run(callOf(released), refuse(problem('overloaded')));
  expect(await run(callOf(kept))).toBe('request_in_progress');
  expect(await run(callOf(released, other))).toBe('replayed');
  running.resolve({ done: true });
  expect(await first).toBe('ran');
  expect(await run(callOf(kept))).toBe('replayed');
});

test('a key that runs is held for 10 s; then the same request may run again, another never', async () => {
  const key = newKey();
  const running = Promise.withResolvers<HandlerResult>();
  const before = await now();
  const first = run(callOf(key), () => running.promise);
  let error: unknown;
  while (!(await rowOf(key))) await Bun.sleep(1);
  expectBetween((await rowOf(key))!.locked, 10, [before, await now()]);
  await idempotency.once(callOf(key), 200, succeed).catch((thrown: unknown) => (error = thrown));
  expect(error).toMatchObject({ code: 'request_in_progress', headers: { 'retry-after': '1' } });
  const another = callOf(key, CUSTOMER, { another: true });
  expect(await run(another)).toBe('idempotency_key_reused');
  await change(key, 'locked_until');
  expect(await run(another)).toBe('idempotency_key_reused');
  expect(await run(callOf(key))).toBe('ran');
  await change(key, 'locked_until');
  expect(await run(callOf(key))).toBe('replayed');
  running.resolve({ done: true });
  await first;
});

/** Begins to work under a key, whose lock ends; returns the end of the work. */
async function freeze(call: Call) {
  const work = Promise.withResolvers<HandlerResult>();
  const outcome = run(call, () => work.promise);
  while (!(await rowOf(call.idempotencyKey!))) await Bun.sleep(1);
  await change(call.idempotencyKey!, 'locked_until');
  return { ...work, outcome };
}

/** Begins to work under the key of a process that stands still. */
async function takeOver(call: Call) {
  const work = Promise.withResolvers<HandlerResult>();
  const { locked } = (await rowOf(call.idempotencyKey!))!;
  const outcome = run(call, () => work.promise);
  while ((await rowOf(call.idempotencyKey!))!.locked === locked) await Bun.sleep(1);
  return { ...work, outcome };
}

test('a process that wakes up after another has taken its key stores no response in place of the other', async () => {
  const call = callOf(newKey());
  const frozen = await freeze(call);
  const later = await takeOver(call);
  frozen.resolve({ of: 'the frozen one' });
  expect(await frozen.outcome).toBe('request_in_progress');
  expect(await run(call)).toBe('request_in_progress');
  later.resolve({ of: 'the later one' });
  expect(await later.outcome).toBe('ran');
  const replay = (await idempotency.once(call, 200, succeed)) as Response;
  expect(await replay.json()).toEqual({ of: 'the later one' });
});

test('a process that wakes up and fails after another has taken its key does not release it', async () => {
  const call = callOf(newKey());
  const frozen = await freeze(call);
  const later = await takeOver(call);
  frozen.reject(problem('overloaded'));
  expect(await frozen.outcome).toBe('overloaded');
  expect(await run(call)).toBe('request_in_progress');
  later.resolve({ done: true });
  expect([await later.outcome, await run(call)]).toEqual(['ran', 'replayed']);
});

test('a lock from before the clock of the database was set back by an hour ends at once', async () => {
  const call = callOf(newKey());
  await freeze(call);
  const lockFor = (seconds: number) =>
    database.query(
      (sql) => sql`
        update idempotency_keys set locked_until = now() + make_interval(secs => ${seconds})
        where key = ${call.idempotencyKey}`,
    );
  await lockFor(19);
  expect(await run(call)).toBe('request_in_progress');
  await lockFor(21);
  expect(await run(call)).toBe('ran');
});

test('a key that has expired is a new one, also for another body', async () => {
  const key = newKey();
  await run(callOf(key));
  await change(key, 'expires_at');
  const another = callOf(key, CUSTOMER, { another: true });
  const running = Promise.withResolvers<HandlerResult>();
  const { locked } = (await rowOf(key))!;
  const first = run(another, () => running.promise);
  while ((await rowOf(key))!.locked === locked) await Bun.sleep(1);
  expect(await run(another)).toBe('request_in_progress');
  running.resolve({ done: true });
  expect(await first).toBe('ran');
});

test('expired keys are forgotten, the oldest first and no more than asked for', async () => {
  const keys = [newKey(), newKey(), newKey()] as const;
  for (const key of keys) await run(callOf(key));
  await deleteExpiredKeys(database, 1000);
  await change(keys[1], 'expires_at');
  await change(keys[0], 'expires_at');
  expect(await deleteExpiredKeys(database, 1)).toBe(1);
  expect([await rowOf(keys[0]), await rowOf(keys[1])].map(Boolean)).toEqual([true, false]);
  expect(await deleteExpiredKeys(database, 1000)).toBe(1);
  expect(await rowOf(keys[2])).toBeDefined();
});

test('every principal has keys of its own, and a stranger those of the e-mail, which is not written', async () => {
  const scopeOf = async (principal: object, body: unknown = {}) => {
    const key = newKey();
    await run(callOf(key, principal, body));
    return (await rowOf(key))!.scope;
  };
  expect(await scopeOf(CUSTOMER)).toBe(CUSTOMER.userId);
  expect(await scopeOf({ kind: 'operator', name: 'ada' })).toBe('operator ada');
  expect(await scopeOf({ kind: 'partner', id: 'p-1' })).toBe('p-1');
  expect(await scopeOf({ kind: 'internal' }, null)).toBe('internal');
  const stranger = { kind: 'anonymous' };
  expect(await scopeOf(stranger)).toBe('anonymous');
  const scope = await scopeOf(stranger, { email: 'ann@example.com' });
  expect(scope).toMatch(/^anonymous:[\w-]{43}$/);
  expect(await scopeOf(stranger, { email: 'ANN@example.com' })).toBe(scope);
  expect(await scopeOf(stranger, { email: 'bob@example.com' })).not.toBe(scope);
});

test('the first key of a list seals: a key behind it can go, the first cannot', async () => {
  const call = callOf(newKey());
  await run(call);
  const open = (secretKey: string) => createIdempotency({ database, secretKey });
  expect(await run(call, succeed, open('first'))).toBe('replayed');
  expect(await run(call, succeed, open('second'))).toBe('idempotency_key_reused');
});

test('across a rotation of the secret a repeated request gets its response, and another body is refused', async () => {
  const [before, rotating] = ['old,new', 'new,old'].map((secretKey) =>
    createIdempotency({ database, secretKey }),
  );
  for (const [first, second] of [
    [before, rotating],
    [rotating, before],
  ]) {
    const call = callOf(newKey());
    expect(await run(call, succeed, first)).toBe('ran');
    expect(await run(call, succeed, second)).toBe('replayed');
    const another = callOf(call.idempotencyKey, CUSTOMER, { another: true });
    expect(await run(another, succeed, second)).toBe('idempotency_key_reused');
  }
});

test('work that died before a rotation of the secret is taken up after it', async () => {
  const call = callOf(newKey());
  void run(call, () => new Promise(() => {}), createIdempotency({ database, secretKey: 'old' }));
  while (!(await rowOf(call.idempotencyKey!))) await Bun.sleep(1);
  const rotated = createIdempotency({ database, secretKey: 'new,old' });
  expect(await run(call, succeed, rotated)).toBe('request_in_progress');
  await change(call.idempotencyKey!, 'locked_until');
  expect(await run(call, succeed, rotated)).toBe('ran');
  expect(await run(call, succeed, rotated)).toBe('replayed');
});
