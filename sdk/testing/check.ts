import type { TSchema } from '@sinclair/typebox';
import { Errors } from '@sinclair/typebox/errors';
import { Check } from '@sinclair/typebox/value';
import { inCodePoints } from '../contracts/text.ts';
import { type Checked, toProblemDetails } from '../contracts/validation.ts';

/** Checks a value without compiling its schema: a page may forbid code made at run time. */
export function check(schema: TSchema, value: unknown): Checked<unknown> {
  const inCharacters = inCodePoints(schema);
  if (Check(inCharacters, value)) return { ok: true, value };
  return { ok: false, errors: toProblemDetails(Errors(inCharacters, value)) };
}
