import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
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
});
