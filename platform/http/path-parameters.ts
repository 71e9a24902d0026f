import type { Endpoint, PathParameter } from '../../sdk/contracts/endpoint.ts';
import { isUuid } from '../../sdk/contracts/common.ts';
import { problem } from '../kernel/errors.ts';
import type { Principal } from './principal.ts';

type Parameters = Record<string, string>;

/** Checks the parameters of an endpoint's path, as its entry of the table has them. */
interface PathReader {
  /** A path of one customer is for that customer alone. Throws the parameter's AppError. */
  requireOwner(principal: Principal, params: Parameters): void;
  /** Returns the ids, UUIDs in lower case. Throws the AppError of a parameter of another form. */
  read(params: Parameters): Parameters;
}

export function createPathReader({ params: table = {} }: Pick<Endpoint, 'params'>): PathReader {
  const parameters = Object.entries<PathParameter>(table).map(
    ([name, { isOwner, absent, pattern }]) =>
      [name, { isOwner, absent, word: pattern === undefined ? null : new RegExp(pattern) }] as const,
  );
  const owner = parameters.find(([, { isOwner }]) => isOwner);
  return {
    requireOwner(principal, params) {
      if (owner === undefined) return;
      const [name, { absent }] = owner;
      if (principal.kind === 'customer' && principal.userId === params[name]?.toLowerCase()) return;
      throw problem(absent);
    },
    read(params) {
      if (parameters.length === 0) return params;
      return Object.fromEntries(
        parameters.map(([name, { isOwner, absent, word }]) => {
          const text = params[name] ?? '';
          const isValid = word === null ? isOwner || isUuid(text) : word.test(text);
          if (!isValid) throw problem(absent);
          return [name, word === null ? text.toLowerCase() : text];
        }),
      );
    },
  };
}
