import { describe, expect, test } from 'bun:test';
import { type TSchema, Type } from '@sinclair/typebox';
import { Check } from '@sinclair/typebox/value';
import fc from 'fast-check';
import type { Endpoint } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import {
  illFormedParameter,
  inCodePoints,
  isPlainText,
  LINES,
  LINES_WITH_TEXT,
  lengthExpected,
  parseWellFormed,
  UNSHOWN,
} from './text.ts';

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

  test.each(['a', '😀'])('have their shortest and longest length at the edge, in letters as %s', (letter) => {
    const of = (options: object) => {
      const schema = inCodePoints(Type.String(options));
      return [0, 1, 2, 3, 4, 5, 6].filter((length) => Check(schema, letter.repeat(length)));
    };
    expect(of({ minLength: 2, maxLength: 5 })).toEqual([2, 3, 4, 5]);
    expect(of({ minLength: 3, maxLength: 3 })).toEqual([3]);
    expect(of({ minLength: 5 })).toEqual([5, 6]);
    expect(of({ maxLength: 1 })).toEqual([0, 1]);
    expect(of({})).toHaveLength(7);
  });

  test.each([
    ['an array', (text: TSchema) => Type.Array(text), (text: string) => [text]],
    ['an object', (text: TSchema) => Type.Object({ a: text }), (text: string) => ({ a: text })],
    [
      'a map',
      (text: TSchema) => Type.Object({}, { additionalProperties: text }),
      (text: string) => ({ a: text }),
    ],
    ['an alternative', (text: TSchema) => Type.Union([Type.Null(), text]), (text: string) => text],
    [
      'parts of which all fit',
      (text: TSchema) => Type.Intersect([Type.String(), text]),
      (text: string) => text,
    ],
  ])('of %s are counted in code points', (_, schemaOf, valueOf) => {
    const schema = inCodePoints(schemaOf(Type.String({ minLength: 2, maxLength: 3 })));
    const lengths = [1, 2, 3, 4].filter((length) => Check(schema, valueOf('😀'.repeat(length))));
    expect(lengths).toEqual([2, 3]);
  });

  test('leave everything else in a schema as it is', () => {
    const schema = Type.Object({ count: Type.Integer({ minimum: 1 }) }, { additionalProperties: false });
    expect(inCodePoints(schema)).toEqual(schema);
    const pattern = Type.String({ pattern: 'a' });
    expect(inCodePoints(pattern)).toEqual(pattern);
  });

  test('of a wrong length are told which one fits', () => {
    const formatOf = (options: object) => inCodePoints(Type.String(options)).format;
    expect(lengthExpected(formatOf({ minLength: 1, maxLength: 64 }))).toBe('Expected 1 to 64 characters');
    expect(lengthExpected(formatOf({ maxLength: 64 }))).toBe('Expected 0 to 64 characters');
    expect(lengthExpected(formatOf({ minLength: 1 }))).toBe('Expected 1 to any number of characters');
    for (const format of ['email', undefined, ['1 to 2 characters']])
      expect(lengthExpected(format)).toBeNull();
  });

  test('are plain when they are whole characters, with no control but tabs and line feeds', () => {
    expect(isPlainText('Ä \t\n 😀')).toBe(true);
    for (const text of ['\u0000', 'a\rb', '\u202e', '\ud800', '\udc00a']) {
      expect([text, isPlainText(text)]).toEqual([text, false]);
    }
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

/** Every pattern of a request. */
const PATTERNS = [
  ...new Set(
    Object.values<Endpoint>(ENDPOINTS).flatMap(({ body, query, params }) => [
      ...[body?.schema, query].flatMap((schema) => patternsIn(schema)),
      ...Object.values(params ?? {}).flatMap(({ pattern }) => pattern ?? []),
    ]),
  ),
];

function patternsIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  const { pattern } = part as { pattern?: unknown };
  return [...(typeof pattern === 'string' ? [pattern] : []), ...Object.values(part).flatMap(patternsIn)];
}

describe('patterns', () => {
  test.each(PATTERNS)('take time by the length of a text, whatever is in it: %s', (text) => {
    const pattern = new RegExp(text);
    const started = process.cpuUsage();
    for (const part of ['a', ' ', '0', 'a ', 'a.', 'a@', '-', '2026-', ':', 'https://a', '\n', '\\']) {
      for (const end of ['', '\u0001', '!', ' ', '@']) pattern.test(part.repeat(30_000) + end);
    }
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000).toBeLessThan(1000);
  });

  test('of a text that says something takes one with a character that is shown, and no other', () => {
    const [lines, withText, shown] = [LINES, LINES_WITH_TEXT, `[^\\s${UNSHOWN}]`].map((it) => new RegExp(it));
    for (let code = 0; code <= 0xffff; code += 1) {
      const character = String.fromCharCode(code);
      for (const value of ['', character, `a${character}`, `${character}a`, `${character}\n${character}`]) {
        const saysSomething = Boolean(lines?.test(value) && shown?.test(value));
        if (withText?.test(value) !== saysSomething) throw new Error(`${JSON.stringify(value)} differs`);
      }
    }
  });
});
