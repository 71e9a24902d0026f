import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Timestamp } from '../../sdk/contracts/common.ts';
import { parseTimestamp } from '../../sdk/contracts/events/event-time.ts';
import { illFormedParameter } from '../../sdk/contracts/text.ts';
import type { Checked } from '../../sdk/contracts/validation.ts';
import { invalid } from '../kernel/errors.ts';
import { createValidator } from '../kernel/validation.ts';

/** The query of an endpoint without parameters. */
const NONE = Type.Object({}, { additionalProperties: false });
const NAME_LENGTH_MAX = 100;

/**
 * Reads the parameters of a URL by an endpoint's schema, times as UTC in the form of `parseTimestamp`. Throws
 * AppError 422 for one that is unknown, invalid, ill-formed or repeated, or a date that does not exist.
 */
export function createQueryReader<Schema extends TSchema = typeof NONE>(
  schema?: Schema,
): (url: string) => Static<Schema> {
  const { checkTexts } = createValidator(schema ?? NONE);
  let empty: Checked<Static<Schema>> | undefined;
  const timeNames = timeNamesOf(schema ?? NONE);
  return (url) => {
    const checked = url.includes('?') ? checkTexts(parametersOf(url)) : (empty ??= checkTexts({}));
    if (checked.ok) return timeNames.length === 0 ? checked.value : withInstants(checked.value, timeNames);
    throw invalid(checked.errors.map(({ path, message }) => ({ path: `/query${path}`, message })));
  };
}

function parametersOf(url: string): Record<string, string> {
  const illFormed = illFormedParameter(url);
  if (illFormed !== null) {
    const path = `/query/${illFormed.slice(0, NAME_LENGTH_MAX)}`;
    throw invalid([{ path, message: 'is not percent-encoded UTF-8' }]);
  }
  const parameters = new Map<string, string>();
  for (const [name, value] of new URL(url).searchParams) {
    if (parameters.has(name)) {
      throw invalid([{ path: `/query/${name.slice(0, NAME_LENGTH_MAX)}`, message: 'came more than once' }]);
    }
    parameters.set(name, value);
  }
  // A name like __proto__ becomes a property as well, and is unknown.
  return Object.fromEntries(parameters);
}

function timeNamesOf(schema: TSchema): string[] {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, TSchema>);
  return properties.filter(([, { pattern }]) => pattern === Timestamp.pattern).map(([name]) => name);
}

/** Read here once: the database, and `Date`, know other dates and other times without an offset. */
function withInstants<Values>(values: Values, names: string[]): Values {
  const read = { ...values } as Values & Record<string, unknown>;
  for (const name of names) {
    const text = read[name];
    if (typeof text !== 'string') continue;
    const instant = parseTimestamp(text);
    if (!instant) throw invalid([{ path: `/query/${name}`, message: 'must be a date that exists' }]);
    Object.assign(read, { [name]: instant.text });
  }
  return read;
}
