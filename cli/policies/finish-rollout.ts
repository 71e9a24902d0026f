import type { OperatorSession } from '../config/operator-session.ts';
import type { SystemFlags } from '../config/session.ts';
import type { PolicyChange } from '../../sdk/contracts/operator-policies.ts';
import { CliError, EXIT, print, printJson, talk } from '../ui/output.ts';
import { waitByApi, waitForReplicas } from './rollout.ts';

/**
 * Waits until every replica decides by the policies that are active now, and says how long it took. Throws
 * exit code 5 while one does not: the change is stored all the same.
 */
export async function finishRollout(
  { context: { opsUrls }, api }: OperatorSession,
  flags: SystemFlags,
  changes: PolicyChange[],
  awaited: PolicyChange[],
): Promise<void> {
  const rollout = await (opsUrls.length > 0 ? waitForReplicas(opsUrls, awaited) : waitByApi(api, awaited));
  const { replicas, late, ms } = rollout;
  const data = { changes, ...rollout };
  if (late.length > 0) {
    throw new CliError(
      `it is active, but not in use after ${ms} ms by ${late.join(', ')}`,
      EXIT.unreachable,
      'ecs status',
      { code: 'not_in_use', data },
    );
  }
  if (flags.json) return printJson(data);
  for (const change of awaited) print(lineOfChange(change));
  if (replicas > 0) print(`in use by ${replicas} ${replicas === 1 ? 'replica' : 'replicas'} after ${ms} ms`);
  else
    talk(
      'no process that decides was seen: OPS_URLS of back-office, or ECS_OPS_URLS, names their private ports',
    );
}

/** Throws exit code 6 for jurisdictions without a policy before; the others have gone back. */
export function requireAllBack(changes: PolicyChange[], jurisdictions: string[]): void {
  const places = new Set(changes.map(({ jurisdiction }) => jurisdiction));
  const missing = jurisdictions.filter((place) => !places.has(place));
  if (missing.length === 0) return;
  const done = changes.map((change) => `${lineOfChange(change)}; `).join('');
  throw new CliError(
    `${done}no policy was active before for ${missing.join(', ')}`,
    EXIT.conflict,
    'ecs policy ls',
    { code: 'no_policy_before', data: changes },
  );
}

const lineOfChange = ({ jurisdiction, version }: PolicyChange) =>
  version === null ? `${jurisdiction} has the policy of * again` : `active for ${jurisdiction}: ${version}`;
