import { steps } from '../../deploy/local/command-line.ts';
import type { PolicyChange, PolicyDetails, PolicyLine } from '../../sdk/contracts/operator-policies.ts';
import type { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { again, againBesides } from '../ui/command-line.ts';
import { CliError, EXIT } from '../ui/output.ts';

const APPROVED = new Set(['approved', 'active', 'retired']);

/**
 * Returns the policies that an activation replaces, for its request: the active ones, which the operator
 * has named. Throws exit code 2 where a policy is active and none is named, 6 where others are active than
 * the named ones.
 */
export async function requireReplaced(
  { policies }: EcsOperatorClient,
  version: string,
  { jurisdictions, replaces }: { jurisdictions?: string[]; replaces: string | undefined },
): Promise<PolicyChange[]> {
  const [policy, { items }] = await Promise.all([policies.get(version), policies.list()]);
  const places = jurisdictions ?? placesOf(policy);
  const replaced = places.map((jurisdiction) => ({ jurisdiction, version: activeIn(items, jurisdiction) }));
  const others = replaced.filter((change) => change.version !== null && change.version !== version);
  const expected = new Set(replaces?.split(',').map((word) => word.trim()));
  const active = new Set(others.map((change) => change.version ?? ''));
  // An activation that was interrupted can be repeated; one that may not be made is refused by the API.
  const isDone = replaced.every((change) => change.version === version);
  const isAsNamed = active.isSubsetOf(expected) && expected.isSubsetOf(active);
  if (isDone || isAsNamed || !APPROVED.has(policy.state)) return replaced;
  const now = others.map((change) => `${change.version} decides for ${change.jurisdiction}`).join(', ');
  const next =
    active.size === 0 ? again({ '--replaces': null }) : again({ '--replaces': [...active].join() });
  if (replaces === undefined)
    throw new CliError(`${now} now: name the policy that is replaced`, EXIT.usage, next);
  throw new CliError(
    `${now || 'no policy decides there'} now, not ${[...expected].join(', ')}`,
    EXIT.conflict,
    steps('ecs policy ls', next),
    { code: 'wrong_policy_state' },
  );
}

/** Returns the flag `--replaces` of an activation of the policy; empty where it would replace none. */
export async function replacesFlag({ policies }: EcsOperatorClient, version: string): Promise<string[]> {
  const [policy, { items }] = await Promise.all([policies.get(version), policies.list()]);
  const active = placesOf(policy).map((jurisdiction) => activeIn(items, jurisdiction));
  const versions = new Set(active.filter((name) => name !== null && name !== version));
  return versions.size === 0 ? [] : ['--replaces', [...versions].join()];
}

/** Throws exit code 2 with the active policies, so that none of another operator is taken back unseen. */
export async function refuseUnnamedRollback(
  { policies }: EcsOperatorClient,
  { jurisdictions }: { jurisdictions?: string[] },
): Promise<never> {
  const { items } = await policies.list();
  const isMeant = ({ active }: PolicyLine) =>
    active.some((jurisdiction) => jurisdictions?.includes(jurisdiction) ?? true);
  const meant = items.filter(isMeant);
  const now = meant.map(({ version, active }) => `${version} decides for ${active.join(', ')}`).join('; ');
  const next = meant.map(({ version }) => againBesides(version));
  throw new CliError(
    `${now || 'no policy decides there'}: name the policy that is taken back`,
    EXIT.usage,
    next.length === 0 ? 'ecs policy ls' : steps(...next),
  );
}

const placesOf = ({ document }: PolicyDetails): string[] =>
  (document as { jurisdictions: string[] }).jurisdictions;

const activeIn = (policies: PolicyLine[], jurisdiction: string): string | null =>
  policies.find(({ active }) => active.includes(jurisdiction))?.version ?? null;
