import { SetupError } from '../../deploy/local/setup-error.ts';

/** Suites of whole systems, packages and browsers, or with a process for each of many tests. */
export const SLOW = '.slow.test.ts';
/** The longest first, a run would end with one of them alone; those that wait and those that work by turns. */
const LONGEST = [
  'tests/observability/alerts.slow.test.ts',
  'tests/tidy/recipes.slow.test.ts',
  'tests/sdk/package.slow.test.ts',
  'tests/e2e/reference.slow.test.ts',
  'tests/k6-corpus/corpus.slow.test.ts',
  'tests/drills/primary-killed.slow.test.ts',
  'deploy/local/stack/system.slow.test.ts',
  'tests/e2e/flow.slow.test.ts',
  'tests/console/overview.slow.test.ts',
  'tests/sdk/live.slow.test.ts',
  'tests/console/audit.slow.test.ts',
  'tests/deploy/least-privilege.slow.test.ts',
  'tests/console/keyboard.slow.test.ts',
  'tests/drills/controls.slow.test.ts',
  'tests/load/scenarios.slow.test.ts',
  'tests/cli/operator.slow.test.ts',
  'tests/e2e/event-streams.test.ts',
  'tests/cli/import-files.slow.test.ts',
  'cli/decisions/replay-decisions.test.ts',
  'apps/credit/accounts/accounts.test.ts',
  'platform/outbox/outbox-relay.test.ts',
  'tests/observability/rules.test.ts',
  'platform/consuming/consumer-start.test.ts',
];
/** The last of the other slow files starts when so much of the order is over. */
const LAST_SLOW_START = 0.85;

/**
 * Returns the longest files, then the shorter ones of both tiers by turns: while one waits, another works. Throws a
 * SetupError when a long one is not among them.
 */
export function startOrder(files: string[]): string[] {
  const staleName = LONGEST.find((name) => !files.includes(name));
  if (staleName)
    throw new SetupError(`${staleName} is no test file: see LONGEST in tests/harness/start-order.ts`);
  const shorter = files.filter((file) => !LONGEST.includes(file));
  const spread = (names: string[], end: number) =>
    names.map((name, index) => ({ name, place: (end * index) / names.length }));
  const slow = spread(
    shorter.filter((file) => file.endsWith(SLOW)),
    LAST_SLOW_START,
  );
  const quick = spread(
    shorter.filter((file) => !file.endsWith(SLOW)),
    1,
  );
  const byTurns = [...slow, ...quick].toSorted((a, b) => a.place - b.place);
  return [...LONGEST, ...byTurns.map(({ name }) => name)];
}
