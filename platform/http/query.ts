import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { illFormedParameter } from '../../sdk/contracts/text.ts';
import { invalid } from '../kernel/errors.ts';
import { createValidator } from '../kernel/validation.ts';

/** The query of an endpoint without parameters. */
const NONE = Type.Object({}, { additionalProperties: false });
const NAME_LENGTH_MAX = 100;

/**
 * Reads the parameters of a URL by an endpoint's schema. Throws AppError 422 for one that is unknown,
 * invalid, ill-formed or repeated.
 */
export function createQueryReader<Schema extends TSchema = typeof NONE>(
  schema?: Schema,
): (url: string) => Static<Schema> {
  const { checkTexts } = createValidator(schema ?? NONE);
  const empty = checkTexts({});
  return (url) => {
    const checked = url.includes('?') ? checkTexts(parametersOf(url)) : empty;
    if (checked.ok) return checked.value;
    throw invalid(checked.errors.map(({ path, message }) => ({ path: `/query${path}`, message })));
  };
}

function parametersOf(url: string): Record<string, string> {
  const illFormed = illFormedParameter(url);
  if (illFormed !== null) {
    const path = `/query/${illFormed.slice(0, NAME_LENGTH_MAX)}`;
    throw invalid([{ path, message: 'is not percent-encoded UTF-8' }]);
  }
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URL(url).searchParams) {
    if (Object.hasOwn(parameters, name)) {
      throw invalid([{ path: `/query/${name.slice(0, NAME_LENGTH_MAX)}`, message: 'came more than once' }]);
    }
    parameters[name] = value;
  }
  return parameters;
}
