import { plainObject } from './plain-object.ts';
import { EcsArgumentError } from './errors.ts';
import { nameOf } from './json.ts';

/** Headers beside those of the client; null takes one away that the client would send. */
export type ExtraHeaders = Readonly<Record<string, string | null | undefined>>;

/** Headers that have an option, or follow from the call. */
const OPTION_OF: Record<string, string> = {
  authorization: 'use token or tokenProvider',
  'x-internal-key': 'use internalKey',
  'idempotency-key': 'use idempotencyKey',
  'content-type': 'it is that of the body',
  'content-length': 'it is that of the body',
  accept: 'the client reads JSON',
  host: 'it is that of baseUrl',
  'content-encoding': 'it is that of the body',
  'if-none-match': 'the client reads JSON',
};

/** Merges headers by their names, in any case; later ones win. */
export function mergeHeaders(...layers: (ExtraHeaders | undefined)[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const layer of layers) {
    for (const [writtenName, value] of Object.entries(layer ?? {})) {
      const name = writtenName.toLowerCase();
      if (value === undefined) continue;
      if (value === null) delete merged[name];
      else merged[name] = value;
    }
  }
  return merged;
}

/** Throws EcsArgumentError for one that is the client's, or that no request can carry; hides its value. */
export function checkHeaders(headers: ExtraHeaders | undefined): void {
  const names = new Set<string>();
  for (const [name, value] of Object.entries(plainObject(headers, 'headers'))) {
    const key = name.toLowerCase();
    // Of two that differ in case one would be lost.
    const advice = names.has(key) ? 'it is there twice' : OPTION_OF[key];
    names.add(key);
    if (advice) throw new EcsArgumentError(`headers cannot have ${JSON.stringify(name)}: ${advice}`);
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      throw new EcsArgumentError(`${JSON.stringify(name)} is no name of a header`);
    }
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string') {
      throw new EcsArgumentError(`the header ${name} must be a text or null, not ${nameOf(value)}`);
    }
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new EcsArgumentError(`the header ${name} has characters that no header can carry`);
    }
  }
}
