import { print, printTable } from '../ui/output.ts';
import { pc } from '../ui/colors.ts';
import { describeSources } from '../../underwriting/policy/active-policy.ts';
import type { Policy } from '../../underwriting/policy/build-policy.ts';
import type { Difference } from '../../underwriting/policy/compare-documents.ts';
import type { PolicyEvent, PolicyRow } from '../../platform/policies/policy-reads.ts';

export const HASH_SHOWN = 12;

export function showPolicies(rows: PolicyRow[]): void {
  printTable(
    rows.map(({ active, hash, ...row }) => ({
      ...row,
      'active for': active.join(', ') || '-',
      hash: hash.slice(0, HASH_SHOWN),
    })),
    ['version', 'state', 'active for', 'since', 'by', 'hash', 'title'],
  );
}

/** Shows a policy as its reader needs it: how it decides, then its story. */
export function showPolicy({ document, hash }: Policy, row: PolicyRow | null, events: PolicyEvent[]): void {
  const { emotion_effect, features, terms, rules } = document;
  const effects = Object.entries(emotion_effect.by_jurisdiction).map(
    ([place, effect]) => `${place} ${effect}`,
  );
  const lines: [string, string][] = [
    ['policy', `${document.version}: ${document.title}`],
    ['hash', hash],
    ...(row
      ? [['state', `${row.state}${row.active.length > 0 ? ` for ${row.active.join(', ')}` : ''}`]]
      : []),
    ['jurisdictions', document.jurisdictions.join(', ')],
    ['sources', describeSources(document.sources)],
    ['emotions', [`${emotion_effect.default} (EU and EEA: off)`, ...effects].join(', ')],
    ['limits', `from ${document.credit_limit_min} to a sum of ${document.exposure_max} a customer`],
    ['offers', `${document.offer_days} days to accept, ${document.withdrawal_days} days to withdraw`],
  ] as [string, string][];
  for (const [name, value] of lines) print(`${name.padEnd(15)}${value}`);
  section('Denied when', rules, ['code', 'deny_when', 'feature']);
  section('Terms', terms, ['score_max', 'credit_limit', 'interest_rate', 'credit_type']);
  section(
    'Features',
    Object.entries(features).map(([name, feature]) => ({ name, ...feature })),
    ['name', 'better', 'actionable', 'min', 'max', 'step', 'reason'],
  );
  section(
    'Reasons',
    Object.entries(document.reasons).map(([code, texts]) => ({ code, ...texts })),
  );
  section('Story', events, ['at', 'act', 'actor', 'jurisdiction', 'note']);
}

export function showDifferences(differences: Difference[], names: { before: string; after: string }): void {
  printTable(
    differences.map(({ place, before, after }) => ({
      place,
      [names.before]: before,
      '->': '->',
      [`${names.after} `]: after,
    })),
  );
}

function section(title: string, rows: object[], columns?: string[]): void {
  if (rows.length === 0) return;
  print(`\n${pc.bold(title)}`);
  printTable(rows as Record<string, unknown>[], columns);
}
