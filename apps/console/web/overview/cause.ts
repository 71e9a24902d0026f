import type { FlowFinding } from '../../../../sdk/contracts/operator-flow.ts';

/** The page of the console where the cause of a finding is seen; null where there is none. */
export function causePathOf({ subject }: FlowFinding): string | null {
  return subject.startsWith('dead letters of ') ? '/dead-letters' : (PAGES_OF_EDGES[subject] ?? null);
}

/** The pages that show what passes an edge, by its id. */
export const PAGES_OF_EDGES: Readonly<Record<string, string>> = { 'webhooks.delivery': '/webhooks' };
