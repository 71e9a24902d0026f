import type { Clause, Expectation } from './expectation.ts';
import type { Ending } from './lane-process.ts';

export const VERDICTS = ['right', 'refused by name', 'wrong', 'misleading', 'hang', 'crash'] as const;
export type Verdict = (typeof VERDICTS)[number];

const MISSING_CALL = /TypeError: .* is not a (function|constructor)/;

type Ended = Extract<Ending, { kind: 'ended' }>;

const REFUSED = 104;
const REFUSAL =
  /cannot import ".*": (this runner does not offer|the network is not used)|(is|are) not offered/;

export function judge(ending: Ending, { clauses }: Expectation) {
  const verdictOf = (verdict: Verdict, ...reasons: string[]) => ({
    verdict,
    reasons,
    isGood: verdict === 'right' || verdict === 'refused by name',
  });
  if (ending.kind === 'hung') return verdictOf('hang', 'it did not end in time');
  if (ending.kind === 'crashed') return verdictOf('crash', ending.reason);
  const isRefused = ending.code === REFUSED && REFUSAL.test(ending.stderr);
  if (clauses.length === 0) return verdictOf(...judgeAlone(ending, isRefused));
  const reasons = clauses.flatMap((clause) => reasonAgainst(clause, ending));
  if (reasons.length === 0) return verdictOf(isRefused ? 'refused by name' : 'right');
  const expected = clauses.find((clause) => clause.kind === 'exit')?.code ?? 0;
  return verdictOf(ending.code === 0 && expected !== 0 ? 'misleading' : 'wrong', ...reasons);
}

/** Judges a script of others by what it shows: whether it ran, and whether a success is one. */
function judgeAlone({ code, stdout, stderr }: Ended, isRefused: boolean): [Verdict, ...string[]] {
  if (isRefused) return ['refused by name', lastLine(stderr)];
  if (code === 104 || code === 107) return ['wrong', `exit ${code}`, lastLine(stderr)];
  // A script may throw by intent, or for want of its own server; a call that is not there is our lack.
  if (/every iteration threw/.test(stderr) && MISSING_CALL.test(stderr)) {
    return ['wrong', 'every iteration threw', lastError(stderr)];
  }
  if (code === 0 && !/"iterations"/.test(stdout)) return ['misleading', 'exit 0 without an iteration'];
  return ['right'];
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
const lastError = (text: string): string =>
  text.split('\n').findLast((line) => line.startsWith('ERRO')) ?? lastLine(text);

function reasonAgainst(clause: Clause, { code, stdout, stderr }: Ended): string[] {
  switch (clause.kind) {
    case 'exit':
      return code === clause.code ? [] : [`exit ${code}, expected ${clause.code} (${lastError(stderr)})`];
    case 'log': {
      const isThere = stderr.includes(clause.text);
      return isThere === clause.isThere ? [] : [`${isThere ? 'logged' : 'did not log'} "${clause.text}"`];
    }
    case 'metric': {
      const { metric, stat, value } = clause;
      const actual = valueOf(stdout, metric, stat);
      return actual === value ? [] : [`${metric} ${stat} is ${actual}, expected ${value}`];
    }
  }
}

interface Metrics {
  metrics: Record<string, { values: Record<string, number> }>;
}

/** A metric without a sample is not in the report. */
function valueOf(stdout: string, metric: string, stat: string): number {
  if (stdout === '') return 0;
  const { metrics } = JSON.parse(stdout) as Metrics;
  return metrics[metric]?.values[stat] ?? 0;
}
