import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { EcsClient } from '../client.ts';
import { EcsOperatorClient } from '../operators/client.ts';
import { EcsArgumentError } from './errors.ts';
import { failureOf, USER } from './test-server.ts';

const baseUrl = 'http://localhost:1';
const ecs = new EcsClient({ baseUrl, maxRetries: 0, fetch: () => Promise.reject(new Error('it was sent')) });
const event = { userId: USER, amount: 1 };
const codeOf = async (work: () => PromiseLike<unknown>) => {
  const error = await failureOf(Promise.resolve(work()));
  expect(error).toBeInstanceOf(EcsArgumentError);
  return (error as EcsArgumentError).code;
};

describe('an unknown option', () => {
  test('of a client or a call is refused by its name, with the one that is meant', async () => {
    expect(() => new EcsClient({ baseUrl, timeout: 5 } as never)).toThrow(
      '"timeout" is no option: is it timeoutMs?',
    );
    expect(() => new EcsClient({ baseURL: baseUrl } as never)).toThrow('is it baseUrl?');
    expect(() => new EcsOperatorClient({ baseUrl, internalKey: 'k' } as never)).toThrow('"internalKey"');
    expect(() => ecs.withOptions({ retries: 1 } as never)).toThrow('there are baseUrl, token');
    const unknown = { retries: 1 } as never;
    for (const work of [
      () => ecs.analyses.create(USER, unknown),
      () => ecs.offers.list(USER, unknown),
      () => ecs.offers.accept(USER, unknown),
      () => ecs.offers.close(USER, unknown),
      () => ecs.offers.waitUntilActive(USER, unknown),
      () => ecs.emotions.summary(USER, unknown),
      () => ecs.transactions.send(event, unknown),
      () => ecs.transactions.sendBatch([event], unknown),
      () => ecs.reviews.request(USER, unknown),
      () => ecs.customers.export(USER, unknown),
      () => ecs.notifications.list(USER, unknown),
      () => ecs.notifications.subscribe(USER, unknown).next(),
      () => ecs.request('GET', '/v1', unknown),
    ]) {
      expect(await codeOf(work)).toBe('unknown_option');
    }
    expect(() => ecs.transactions.stream(unknown)).toThrow(EcsArgumentError);
  });

  test('of a method with options of its own is told with these', async () => {
    const messageOf = async (work: () => Promise<unknown>) =>
      ((await failureOf(Promise.try(work))) as Error).message;
    const sized = { pageSize: 5 } as never;
    for (const { list } of [ecs.offers, ecs.analyses, ecs.notifications]) {
      expect(await messageOf(() => list(USER, sized))).toBe('"pageSize" is no option: is it page_size?');
    }
    const retries = { retries: 1 } as never;
    expect(await messageOf(() => ecs.offers.close(USER, retries))).toContain('there are reason, signal');
    expect(await messageOf(() => ecs.reviews.request(USER, retries))).toContain(
      'there are statement, signal',
    );
    expect(await messageOf(() => ecs.emotions.summary(USER, retries))).toContain('there are days, signal');
  });
});

describe('a value of another type', () => {
  test('is refused, and nothing is sent', async () => {
    for (const work of [
      () => ecs.analyses.create(undefined as never),
      () => ecs.analyses.create(''),
      () => ecs.analyses.create(7 as never),
      () => ecs.offers.get('..'),
      () => ecs.offers.list(USER, { page: Number.NaN }),
      () => ecs.analyses.list(USER, { cursor: null as never }),
      () => ecs.emotions.summary(USER, { days: Infinity }),
      () => ecs.offers.get(USER, { timeoutMs: Number.NaN }),
      () => ecs.offers.get(USER, { timeoutMs: 0 }),
      () => ecs.offers.get(USER, { deadlineMs: '5' as never }),
      () => ecs.offers.get(USER, { maxRetries: 1.5 }),
      () => ecs.offers.get(USER, { signal: {} as never }),
      () => ecs.offers.get(USER, 'fast' as never),
      () => ecs.notifications.subscribe(USER, { after: Infinity }).next(),
      () => ecs.notifications.subscribe(USER, { after: 0.5 }).next(),
      () => ecs.analyses.create(USER, { idempotencyKey: 'with space' }),
      () => ecs.auth.login(undefined as never),
      () => ecs.transactions.send(undefined as never),
      () => ecs.transactions.send({ userId: USER, amount: Number.NaN }),
      () => ecs.transactions.send({ userId: USER, amount: 1n as never }),
      () => ecs.transactions.send({ ...event, occurredAt: new Date(Number.NaN) }),
      () => ecs.transactions.sendBatch(event as never),
      () => ecs.transactions.sendBatch([undefined as never]),
      () => ecs.transactions.stream().write(null as never),
      () => ecs.consents.give(USER, undefined as never, '1'),
    ]) {
      expect(await codeOf(work)).toBe('invalid_argument');
    }
    for (const options of [undefined, null, {}, 'http://a']) {
      expect(() => new EcsClient(options as never)).toThrow(EcsArgumentError);
    }
  });

  test('of credentials is refused when it is empty, as a variable that is not set: nothing goes out without', () => {
    for (const name of ['token', 'internalKey', 'clientId', 'clientSecret', 'scope']) {
      const empty = { [name]: '' };
      const message = `${name} must be a non-empty string`;
      expect(() => new EcsClient({ baseUrl, clientId: 'a', ...empty })).toThrow(message);
      expect(() => new EcsClient({ baseUrl }).withOptions(empty)).toThrow(message);
    }
  });

  test('of any option of the client is refused without showing it', () => {
    const names = [
      'token',
      'tokenProvider',
      'internalKey',
      'timeoutMs',
      'maxRetries',
      'fetch',
      'logger',
      'logLevel',
    ];
    const wrong = fc.oneof(fc.constant(null), fc.constant(Number.NaN), fc.array(fc.string()), fc.boolean());
    fc.assert(
      fc.property(fc.constantFrom(...names), wrong, (name, value) => {
        expect(() => new EcsClient({ baseUrl, [name]: value })).toThrow(`${name} must be `);
      }),
    );
  });

  test('of the address is refused without its password', () => {
    for (const wrong of [
      'localhost:9999',
      'ftp://a',
      'http://',
      'http://u:secret@a',
      'http://a?b=secret',
      7,
      '',
    ]) {
      const make = () => new EcsClient({ baseUrl: wrong as never });
      expect(make).toThrow(/baseUrl/);
      expect(make).not.toThrow(/secret/);
    }
  });
});

test('a provider that gives no token is an error of the credentials, and nothing is sent', async () => {
  for (const token of [undefined, null, 7, 'with\nbreak', '']) {
    const error = await failureOf(ecs.withOptions({ tokenProvider: () => token as never }).offers.get(USER));
    expect(error).toMatchObject({ kind: 'credentials', code: 'invalid_credentials_format' });
  }
});
