import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Timestamp } from '../../sdk/contracts/common.ts';
import { createQueryReader } from './query.ts';

describe('a query', () => {
  const read = createQueryReader(Type.Object({ name: Type.String() }, { additionalProperties: false }));

  test('is read as UTF-8', () => {
    expect(read('http://ecs/things?name=%c3%89+b')).toEqual({ name: 'É b' });
  });

  test.each(['name=%ff', 'name=5%', 'name=a&%ff=b', 'name=%ed%a0%80'])(
    'that is ill-formed is rejected by name: %s',
    (text) => {
      const refusal = () => read(`http://ecs/things?${text}`);
      expect(refusal).toThrow(expect.objectContaining({ status: 422 }));
      const name = text.includes('&') ? '%ff' : 'name';
      try {
        refusal();
      } catch (error) {
        expect(JSON.stringify((error as { errors?: unknown }).errors ?? error)).toContain(`/query/${name}`);
      }
    },
  );

  const readTimes = createQueryReader(
    Type.Object(
      { since: Type.Optional(Timestamp), until: Type.Optional(Timestamp) },
      { additionalProperties: false },
    ),
  );

  test.each([
    ['2026-11-23T09:30', '2026-11-23T09:30:00.000000Z'],
    ['2026-11-23%2009:30:00%2B0200', '2026-11-23T07:30:00.000000Z'],
    ['2026-11-23t09:30:00.1234567z', '2026-11-23T09:30:00.123456Z'],
    ['2028-02-29T00:00:00-14:00', '2028-02-29T14:00:00.000000Z'],
  ])('gives the time %s as UTC', (text, since) => {
    expect(readTimes(`http://ecs/things?since=${text}`)).toEqual({ since });
  });

  test.each([
    '2026-02-30T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-01:00',
    '2026-11-23T23:59:60Z',
  ])('rejects the time %s by its name', (text) => {
    const refusal = () => readTimes(`http://ecs/things?since=2026-11-23T09:30Z&until=${text}`);
    expect(refusal).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ path: '/query/until' })] }),
    );
  });

  test('rejects the name __proto__ as any other that it does not know', () => {
    expect(() => read('http://ecs/things?name=a&__proto__=b')).toThrow(
      expect.objectContaining({ status: 422 }),
    );
  });
});
