import type { TSchema } from '@sinclair/typebox';
import fc from 'fast-check';

/** Values that exist in the system under test, by the name of the parameter or property. */
export type ExistingValues = Record<string, readonly string[]>;

/** JSON as it is written: a huge number and a key that stands twice are no values of the language. */
class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const RARE_JSON = [
  '1e400',
  '-0',
  '9007199254740993',
  '1e-400',
  '9223372036854775808',
  '"\\ud800"',
  '"\\u0000"',
  '{"a":1,"a":2}',
  '{"__proto__":{"a":1},"constructor":{"prototype":{}}}',
  `${'['.repeat(60)}${']'.repeat(60)}`,
  `[${'1,'.repeat(20_000)}1]`,
];
const RARE_TEXTS = [
  '',
  'a'.repeat(20_000),
  `${'a '.repeat(10_000)}\u0001`,
  '\u0000',
  '\u202e',
  'A\u030a',
  '__proto__',
  'constructor',
  '../..',
  "' or 1=1 --",
  '%00',
  '<script>',
  'NaN',
  '2026-02-30T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '00000000-0000-0000-0000-000000000000',
  'infinity',
];
const rare: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...RARE_JSON.map((text) => new JsonText(text))),
  fc.constantFrom(...RARE_TEXTS),
  fc.constantFrom<unknown>(null, true, [], {}, 0, -1, 1.5),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.double(),
);

/** Mostly values that a schema takes, and wrong ones at any place in them. */
export function valuesOf(schema: TSchema, existing: ExistingValues, name = ''): fc.Arbitrary<unknown> {
  const candidates = [
    ...(existing[name]?.length ? [fc.constantFrom(...existing[name])] : []),
    ...rightValuesOf(schema, existing, name),
  ];
  return fc.oneof({ weight: 12, arbitrary: fc.oneof(...candidates) }, { weight: 1, arbitrary: rare });
}

function rightValuesOf(schema: TSchema, existing: ExistingValues, name: string): fc.Arbitrary<unknown>[] {
  const { type, anyOf, pattern, minLength = 0, maxLength = 50, minimum, maximum } = schema;
  if (schema.const !== undefined) return [fc.constant(schema.const)];
  if (Array.isArray(anyOf)) return anyOf.map((part: TSchema) => valuesOf(part, existing, name));
  if (type === 'array') {
    return [fc.array(valuesOf(schema.items as TSchema, existing, name), { maxLength: 3 })];
  }
  if (type === 'object') return [objectsOf(schema, existing)];
  if (type === 'integer') return [fc.integer({ min: minimum ?? -10, max: Math.min(maximum ?? 1000, 1e9) })];
  if (type === 'number') return [fc.double({ min: minimum ?? -10, max: maximum ?? 1e6, noNaN: true })];
  if (type === 'boolean') return [fc.boolean()];
  if (type === 'null') return [fc.constant(null)];
  if (type !== 'string') return [fc.jsonValue({ maxDepth: 3 })];
  const text = fc.string({ minLength: Math.min(minLength, 100), maxLength: Math.min(maxLength, 2000) });
  return pattern === undefined ? [text] : [fc.stringMatching(new RegExp(pattern)), text];
}

function objectsOf(
  { properties = {}, required = [] }: TSchema,
  existing: ExistingValues,
): fc.Arbitrary<object> {
  const parts = Object.entries(properties as Record<string, TSchema>);
  return fc.record(Object.fromEntries(parts.map(([name, part]) => [name, valuesOf(part, existing, name)])), {
    requiredKeys: required as string[],
  });
}

/** Writes a generated value as JSON. */
export function writeJson(value: unknown): string {
  if (value instanceof JsonText) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, part]) => part !== undefined);
  return `{${members.map(([name, part]) => `${JSON.stringify(name)}:${writeJson(part)}`).join(',')}}`;
}

/** Writes a generated value for a query. */
export const writeText = (value: unknown): string =>
  (typeof value === 'string' ? value : writeJson(value)).toWellFormed();
