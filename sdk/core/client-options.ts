import { CALL_OPTIONS, checkOptions, CLIENT_OPTIONS } from './check-options.ts';
import { EcsArgumentError } from './errors.ts';
import type { ExtraHeaders } from './headers.ts';
import type { ClientOverrides, EcsClientOptions } from './options.ts';
import type { RetryBudget } from './retry-budget.ts';

/** Marks options that `withOptions` made, with the budget that the clients share. */
const BUDGET = Symbol('budget');

export type DerivedOptions = EcsClientOptions & ClientOverrides & { [BUDGET]?: RetryBudget };

const { signal, idempotencyKey } = CALL_OPTIONS;
const OVERRIDES = { ...CLIENT_OPTIONS, signal, idempotencyKey };

/** Throws EcsArgumentError. `refused` are options that this kind of client has not. */
export function checkClientOptions(options: DerivedOptions, refused: readonly string[] = []): void {
  if (!options) throw new EcsArgumentError('a client needs options: { baseUrl }');
  const table = Object.entries(options[BUDGET] ? OVERRIDES : CLIENT_OPTIONS);
  checkOptions(options, Object.fromEntries(table.filter(([name]) => !refused.includes(name))));
}

export const budgetOf = (options: DerivedOptions): RetryBudget | undefined => options[BUDGET];

/** Returns the options of a client like this one, but for these. */
export function deriveOptions(
  { options, budget }: { options: DerivedOptions; budget: RetryBudget },
  overrides: ClientOverrides,
): DerivedOptions {
  const changes = checkOptions(overrides, OVERRIDES);
  return {
    ...(changes.token === undefined && changes.tokenProvider === undefined
      ? options
      : withoutIdentity(options)),
    // Replaces the earlier client's `tokenProvider`, which would win over the token.
    ...(changes.token === undefined ? {} : { tokenProvider: undefined }),
    ...changes,
    headers: { ...withLowerNames(options.headers), ...withLowerNames(changes.headers) },
    [BUDGET]: budget,
  };
}

/** A token replaces every other identity: events sent beside the platform's key would count as its own. */
function withoutIdentity(options: DerivedOptions): DerivedOptions {
  const none = undefined;
  return { ...options, clientId: none, clientSecret: none, privateKey: none, scope: none, internalKey: none };
}

function withLowerNames(headers: ExtraHeaders | undefined): ExtraHeaders {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
