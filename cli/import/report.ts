import { quote } from '../../deploy/local/command-line.ts';
import { again, againWith } from '../ui/command-line.ts';
import { CliError, EXIT, print, printJson, talk } from '../ui/output.ts';
import { nameOf } from '../ui/read-small.ts';
import type { Conditions } from './conditions.ts';
import type { ImportReport } from './import-events.ts';
import type { RejectsFile } from './rejects.ts';

/** Prints the report; throws when something was rejected, or when there was nothing at all. */
export function printReport(
  report: ImportReport,
  options: {
    before: { accepted: number; rejected: number };
    rejects: RejectsFile | null;
    flags: { dryRun?: boolean; json?: boolean; allowEmpty?: boolean };
  },
): void {
  const { rejects, flags } = options;
  const { accepted, rejected, leftOut, durationMs } = report;
  const rejectsFile = rejects && rejects.bytes() > 0 ? rejects.path : null;
  const before = { accepted: options.before.accepted, rejected: options.before.rejected };
  const data = { ...report, before, rejectsFile, ...(flags.dryRun ? { dryRun: true } : {}) };
  const rate = Math.round(((accepted + rejected) / Math.max(1, durationMs)) * 1000).toLocaleString('en');
  const verb = flags.dryRun ? 'would be accepted' : 'accepted';
  const counts = [
    `${accepted} ${verb}`,
    `${rejected} rejected`,
    ...(leftOut > 0 ? [`${leftOut} left out`] : []),
  ];
  if (!flags.json) print(`${counts.join(', ')} in ${(durationMs / 1000).toFixed(1)} s (${rate}/s)`);
  if (before.accepted + before.rejected > 0) {
    talk(`with what was sent before: ${accepted + before.accepted} accepted`);
  } else if (accepted + rejected + leftOut === 0) {
    if (!flags.allowEmpty) throw noEvents(report.file, data);
    talk(`${nameOf(report.file)} has no events`);
  }
  if (rejected > 0) {
    throw new CliError(
      `${rejected} of ${accepted + rejected} lines were rejected`,
      EXIT.failed,
      rejectsFile
        ? `"$EDITOR" ${quote(rejectsFile)} && ${againWith(report.file, rejectsFile)}`
        : 'correct them',
      { data, code: 'lines_rejected' },
    );
  }
  if (flags.json) printJson(data);
}

const noEvents = (file: string, data: object) =>
  new CliError(`${nameOf(file)} has no events`, EXIT.failed, again({ '--allow-empty': true }), {
    data,
    code: 'no_events',
  });

/** The texts of a column that are counted one by one, and those of them that are shown. */
const [COUNTED_MAX, SHOWN_MAX] = [1000, 5];

/**
 * Counts the rows that `--only` leaves out, by the text for which it does, and keeps which of its texts rows
 * have: a wrong word is seen so.
 */
export function createTally(only: NonNullable<Conditions['only']> = []) {
  const counts = new Map<string, number>();
  const fitting = new Set<object>();
  return {
    fits: (pair: object) => void fitting.add(pair),
    leavesOut(condition: string) {
      const isCounted = counts.has(condition) || counts.size < COUNTED_MAX;
      const name = isCounted ? condition : 'others';
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
    say(file: string) {
      if (counts.size === 0) return;
      for (const pair of only) {
        if (!fitting.has(pair)) talk(`${file}: no row has ${pair.name}=${pair.text}`);
      }
      const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
      const shown = sorted.slice(0, SHOWN_MAX).map(([condition, count]) => `${count} with ${condition}`);
      const rest = sorted.slice(SHOWN_MAX).reduce((sum, [, count]) => sum + count, 0);
      talk(`${file}: left out by --only: ${[...shown, ...(rest > 0 ? [`${rest} others`] : [])].join(', ')}`);
    },
  };
}
