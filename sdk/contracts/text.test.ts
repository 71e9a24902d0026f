import { describe, expect, test } from 'bun:test';
import { type TSchema, Type } from '@sinclair/typebox';
import { Check } from '@sinclair/typebox/value';
import fc from 'fast-check';
import type { Endpoint } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { illFormedParameter, inCodePoints, parseWellFormed } from './text.ts';

const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));

describe('texts', () => {
  test('have their lengths counted in code points, wherever they stand in a schema', () => {
    const text = Type.String({ minLength: 2, maxLength: 5 });
    const schema = inCodePoints(Type.Object({ list: Type.Array(Type.Union([text, Type.Null()])) }));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (value) => {
        const count = Array.from(value).length;
        expect(Check(schema, { list: [value] })).toBe(count >= 2 && count <= 5);
      }),
    );
  });

  test.each(['[', '{"a":'])('are parsed however deep %s nests', (opening) => {
    const closing = opening === '[' ? ']' : '}';
    const nested = (text: string) => opening.repeat(200_000) + text + closing.repeat(200_000);
    expect(() => parseWellFormed(nested('"\\u0041"'))).not.toThrow();
    expect(() => parseWellFormed(nested('"\\ud800"'))).toThrow(SyntaxError);
  });

  test('of bodies and queries have no NUL character, which no database keeps', () => {
    const withNul: string[] = [];
    const walk = (place: string, schema: TSchema): void => {
      const {
        type,
        properties = {},
        anyOf = [],
        items,
      } = schema as {
        type?: string;
        properties?: Record<string, TSchema>;
        anyOf?: TSchema[];
        items?: TSchema;
      };
      if (type === 'string' && Check(schema, 'a\u0000b')) withNul.push(place);
      for (const [name, part] of Object.entries(properties)) walk(`${place}/${name}`, part);
      for (const part of [...anyOf, ...(items ? [items] : [])]) walk(place, part);
    };
    for (const [name, { body, query }] of Object.entries<Endpoint>(ENDPOINTS)) {
      for (const schema of [body?.schema, query]) if (schema) walk(name, inCodePoints(schema));
    }
    // Passwords are kept as hashes, and a ticket is verified.
    const isHashed = (place: string) => place.endsWith('/password') || place.endsWith('/ticket');
    expect(withNul.filter((place) => !isHashed(place))).toEqual([]);
    expect(withNul).toContain('login/password');
  });

  test('of a query are named when they are not percent-encoded UTF-8', () => {
    expect(illFormedParameter('http://x/?page=%ff')).toBe('page');
    expect(illFormedParameter('http://x/?a=%41&page=1%&b=2')).toBe('page');
    expect(illFormedParameter('http://x/?%ff=1')).toBe('%ff');
    expect(illFormedParameter('http://x/%ff?page=%c3%89&b=a+b#%ff')).toBeNull();
  });

  test('are parsed exactly when they are well-formed, as values and as names', () => {
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 6 }), fc.boolean(), (units, isName) => {
        const value = units.join('');
        const json = JSON.stringify(isName ? { [value]: 1 } : [{ deep: value }]);
        const parse = () => parseWellFormed(json);
        if (value.isWellFormed()) expect(parse()).toEqual(JSON.parse(json));
        else expect(parse).toThrow(SyntaxError);
      }),
      { numRuns: 500 },
    );
  });
});
