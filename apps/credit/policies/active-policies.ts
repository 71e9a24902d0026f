import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../../platform/kernel/log.ts';
import { startLoop } from '../../../platform/kernel/loop.ts';
import type { ActivePolicy } from '../../../underwriting/policy/active-policy.ts';
import { buildPolicy, type Policy } from '../../../underwriting/policy/build-policy.ts';
import { compileStoredPolicy } from '../../../underwriting/policy/compile-policy.ts';
import type { PolicyDocument } from '../../../underwriting/policy/policy-document.ts';
import prudent from '../../../underwriting/policies/prudent-1.json';
import shipped from '../../../underwriting/policies/v1.json';
import { type ActivationRow, insertShippedPolicies, selectActivePolicies } from './policy-store.ts';

export interface ActivePolicies {
  /** Throws AppError 503 while the policies could not be read yet, or none is active for the jurisdiction. */
  policyFor(jurisdiction: string): Promise<Policy>;
  /** Returns the policy without waiting; null where `policyFor` would wait or throw. */
  inUse(jurisdiction: string): Policy | null;
  /** The policies in use in this process; none while they could not be read yet. */
  list(): ActivePolicy[];
}

/** Channel of the database; raised by every change of an activation. */
const CHANNEL = 'policies';
/** The latest time to see an activation, when its notification was lost. */
const POLL_MS = 500;
const EVERY_OTHER = '*';

/**
 * The policies of a new system; the first is active until another is. Tests check that they make sense: at
 * each start that would take a tenth of a second.
 */
export const SHIPPED_POLICIES = [shipped, prudent].map(
  (document) => buildPolicy(document as PolicyDocument).policy,
);

/** By jurisdiction; null where the active policy cannot be read, and none was in use before. */
type Activations = Map<string, Policy | null>;

/**
 * Keeps the active policies of every jurisdiction compiled in memory. A notification brings an activation at
 * once, a poll brings it within half a second; a policy that cannot be read leaves the one before in use.
 */
export function openActivePolicies(deps: {
  database: Database;
  lifecycle: Lifecycle;
  log: Logger;
}): ActivePolicies {
  const { database, lifecycle, log } = deps;
  let compiled = new Map<string, Policy>();
  let active: Activations | null = null;
  let loading: Promise<void> | null = null;
  let isStale = false;
  /** Hashes by jurisdiction, so that each is logged once and not by every poll. */
  let broken = new Map<string, string>();

  const readPolicy = (row: ActivationRow): Policy | Error => {
    try {
      const policy = compiled.get(row.hash) ?? compileStoredPolicy(row.document);
      if (policy.hash === row.hash) return policy;
      return new Error(`the policy ${row.version} is not the document of its hash`);
    } catch (error) {
      return error as Error;
    }
  };

  const load = async (): Promise<void> => {
    if (!active) await insertShippedPolicies(database, SHIPPED_POLICIES);
    const rows = await selectActivePolicies(database);
    const next: Activations = new Map();
    const stillBroken = new Map<string, string>();
    for (const row of rows) {
      const { jurisdiction, version, hash } = row;
      const policy = readPolicy(row);
      const before = active?.get(jurisdiction) ?? null;
      if (policy instanceof Error) {
        next.set(jurisdiction, before);
        stillBroken.set(jurisdiction, hash);
        const fields = { jurisdiction, version, inUse: before?.version ?? null, ...errorFields(policy) };
        if (broken.get(jurisdiction) !== hash) log.error(fields, 'policy cannot be used');
        continue;
      }
      next.set(jurisdiction, policy);
      if (before?.hash !== hash) log.info({ jurisdiction, version, hash }, 'policy active');
    }
    compiled = new Map([...next.values()].flatMap((policy) => (policy ? [[policy.hash, policy]] : [])));
    broken = stillBroken;
    active = next;
  };
  /** Runs one load at a time; a change during a load may be too late for it, so another load follows. */
  const reload = (): Promise<void> => {
    if (loading) isStale = true;
    loading ??= load().finally(() => {
      loading = null;
      if (isStale) {
        isStale = false;
        void reload().catch(() => {});
      }
    });
    return loading;
  };

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

  /** A jurisdiction with an unreadable policy gets none, and not the one of `*`. */
  const policyInUse = (jurisdiction: string): Policy | null =>
    active?.get(active.has(jurisdiction) ? jurisdiction : EVERY_OTHER) ?? null;
  return {
    inUse: policyInUse,
    async policyFor(jurisdiction) {
      if (!active) await (loading ?? reload());
      const policy = policyInUse(jurisdiction);
      if (!policy) throw problem('policy_unavailable');
      return policy;
    },
    list: () =>
      [...(active ?? [])].flatMap(([jurisdiction, policy]) => {
        if (!policy) return [];
        const { version, hash, document } = policy;
        return [{ jurisdiction, version, hash, title: document.title, sources: document.sources }];
      }),
  };
}
