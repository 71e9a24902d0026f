import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../../platform/kernel/log.ts';
import { startLoop } from '../../../platform/kernel/loop.ts';
import type { Policy } from '../../../underwriting/policy/build-policy.ts';
import { compilePolicy } from '../../../underwriting/policy/compile-policy.ts';
import prudent from '../../../underwriting/policies/prudent-1.json';
import shipped from '../../../underwriting/policies/v1.json';
import { insertShippedPolicies, selectActivePolicies } from './policy-store.ts';

export interface ActivePolicies {
  /** Throws AppError 503 while the policies could not be read yet, or none is active for the jurisdiction. */
  policyFor(jurisdiction: string): Promise<Policy>;
  /** The same without waiting; null where `policyFor` would wait or throw. */
  known(jurisdiction: string): Policy | null;
}

/** Channel of the database; raised by every change of an activation. */
const CHANNEL = 'policies';
/** An activation is seen after this at the latest, when its notification was lost. */
const POLL_MS = 500;
const EVERY_OTHER = '*';

/** The policies of a new system; the first is active until another is. */
export const SHIPPED_POLICIES = [compilePolicy(shipped), compilePolicy(prudent)];

/**
 * Keeps the active policies of every jurisdiction compiled in memory. A notification brings an activation at
 * once, a poll brings it within half a second; a policy that cannot be read leaves the ones before in use.
 */
export function openActivePolicies(deps: {
  database: Database;
  lifecycle: Lifecycle;
  log: Logger;
}): ActivePolicies {
  const { database, lifecycle, log } = deps;
  const compiled = new Map<string, Policy>();
  let active: Map<string, Policy> | null = null;
  let loading: Promise<void> | null = null;

  const load = async (): Promise<void> => {
    if (!active) await insertShippedPolicies(database, SHIPPED_POLICIES);
    const rows = await selectActivePolicies(database);
    const next = new Map<string, Policy>();
    for (const { jurisdiction, hash, document } of rows) {
      const policy = compiled.get(hash) ?? compilePolicy(document);
      if (policy.hash !== hash)
        throw new Error(`the policy ${policy.version} is not the document of its hash`);
      compiled.set(hash, policy);
      next.set(jurisdiction, policy);
    }
    active = next;
  };
  /** One load at a time; a change that comes meanwhile is read by the next poll. */
  const reload = (): Promise<void> => (loading ??= load().finally(() => (loading = null)));

  let isFailing = false;
  startLoop({
    name: 'policies',
    everyMs: POLL_MS,
    lifecycle,
    work: async () => {
      await reload();
      isFailing = false;
    },
    onFailure: (error) => {
      if (!isFailing) log.warn(errorFields(error), 'cannot read the policies');
      isFailing = true;
    },
  });
  void database
    .listen(CHANNEL, () => void reload().catch(() => {}))
    .catch((error) => log.warn(errorFields(error), 'no LISTEN'));

  const known = (jurisdiction: string) => active?.get(jurisdiction) ?? active?.get(EVERY_OTHER) ?? null;
  return {
    known,
    async policyFor(jurisdiction) {
      if (!active) await reload();
      const policy = known(jurisdiction);
      if (!policy) throw problem('policy_unavailable');
      return policy;
    },
  };
}
