import { askStatus } from '../../deploy/local/stack/service-status.ts';
import { pause } from '../../platform/kernel/lifecycle.ts';
import { type ActivePolicy, describeSources } from '../../underwriting/policy/active-policy.ts';

const POLL_MS = 20;
const DEADLINE_MS = 3000;

/** Returns the policies that `credit` has in use; null when it is not among the services. */
export function activePoliciesOf(services: { name: string; policies?: unknown }[]): ActivePolicy[] | null {
  const service = services.find(({ name }) => name === 'credit');
  return service ? ((service.policies as ActivePolicy[] | undefined) ?? []) : null;
}

/** Asks a system that has just started, until it has read its policies; none when that takes too long. */
export async function askActivePolicies(opsUrls: string[]): Promise<ActivePolicy[]> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const pages = await Promise.all(opsUrls.map(askStatus));
    const policies = pages.flatMap((page) => (page && activePoliciesOf(page.parts)) ?? []);
    if (policies.length > 0 || performance.now() > deadline) return policies;
    await pause(POLL_MS);
  }
}

/** `v1: facts of platform and customers count`; the jurisdiction, where it is not every one. */
export function describeActivePolicies(policies: ActivePolicy[]): string[] {
  return policies.map(({ jurisdiction, version, sources }) => {
    const place = jurisdiction === '*' ? '' : ` for ${jurisdiction}`;
    return `${version}${place}: ${describeSources(sources)}`;
  });
}
