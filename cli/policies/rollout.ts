import { askStatus } from '../../deploy/local/stack/service-status.ts';
import { reasonOf } from '../../platform/kernel/errors.ts';
import { pause } from '../../platform/kernel/lifecycle.ts';
import type { ActivePolicy } from '../../underwriting/policy/active-policy.ts';
import { activePoliciesOf } from './active-policies.ts';
import type { EcsOperatorClient } from '../../sdk/operators/client.ts';
import type { PolicyChange } from '../../sdk/contracts/operator-policies.ts';

const POLL_MS = 20;
/** Each asks every process. */
const API_POLL_MS = 200;
const DEADLINE_MS = 10_000;

interface Rollout {
  /** Processes that decide by the policies that were to be active. */
  replicas: number;
  /** Those that do not yet, or did not respond. */
  late: string[];
  ms: number;
}

/** Waits until every process that decides has the changed policies in use. */
export async function waitForReplicas(
  opsUrls: { name: string; url: string }[],
  changes: PolicyChange[],
): Promise<Rollout> {
  const startedAt = performance.now();
  const late = new Map(opsUrls.map(({ url, name }) => [url, name]));
  let replicas = 0;
  const ask = async (url: string): Promise<void> => {
    const page = await askStatus(url);
    if (!page) return;
    const policies = activePoliciesOf(page.parts);
    if (policies && !isInUse(policies, changes)) return;
    if (policies) replicas += 1;
    late.delete(url);
  };
  for (;;) {
    await Promise.all([...late.keys()].map(ask));
    const ms = Math.round(performance.now() - startedAt);
    if (late.size === 0 || ms > DEADLINE_MS) return { replicas, late: [...late.values()], ms };
    await pause(POLL_MS);
  }
}

/** The same by the API, which asks the processes that it knows; without its response, it is late itself. */
export async function waitByApi({ system }: EcsOperatorClient, changes: PolicyChange[]): Promise<Rollout> {
  const startedAt = performance.now();
  const ask = async (): Promise<Omit<Rollout, 'ms'>> => {
    const { services } = await system.status();
    const replicas = services.filter(({ service }) => service === 'credit');
    const late = replicas.filter(({ details }) => {
      const { policies = [] } = details as { policies?: ActivePolicy[] };
      return !isInUse(policies, changes);
    });
    return { replicas: replicas.length - late.length, late: late.map(({ process }) => process) };
  };
  for (;;) {
    const rollout = await ask().catch((error: unknown) => ({ replicas: 0, late: [silent(error)] }));
    const ms = Math.round(performance.now() - startedAt);
    if (rollout.late.length === 0 || ms > DEADLINE_MS) return { ...rollout, ms };
    await pause(API_POLL_MS);
  }
}

const silent = (error: unknown) => `processes of which the API says nothing (${reasonOf(error)})`;

function isInUse(policies: ActivePolicy[], changes: PolicyChange[]): boolean {
  return changes.every(
    ({ jurisdiction, version }) =>
      (policies.find((policy) => policy.jurisdiction === jurisdiction)?.version ?? null) === version,
  );
}
