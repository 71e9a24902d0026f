import { formatTable } from '../../cli/ui/output.ts';
import { type Equivalent, isEquivalent } from './equivalents.ts';
import { isKilled, type Judged } from './judge-room.ts';

/** Prints a mutant that no test noticed, unless it is listed as equivalent. */
export function reportSurvivor(mutant: Judged, equivalents: Equivalent[]): void {
  if (isKilled(mutant.verdict) || isEquivalent(mutant, equivalents)) return;
  const { file, line, lineText, change, verdict } = mutant;
  console.log(`${verdict}  ${file}:${line}  ${change}\n    ${lineText}`);
}

/**
 * Prints a table by file and the figure. Returns whether enough were killed, and none of those that are listed
 * as equivalent.
 */
export function reportMutants(judged: Judged[], equivalents: Equivalent[], killedMin: number): boolean {
  const counted = judged.filter((mutant) => !isEquivalent(mutant, equivalents));
  const wrong = judged.filter((mutant) => isKilled(mutant.verdict) && isEquivalent(mutant, equivalents));
  for (const { file, line, change } of wrong)
    console.log(`not equivalent: killed  ${file}:${line}  ${change}`);
  const rows = [...Map.groupBy(counted, ({ file }) => file)].map(([file, ofFile]) => toRow(file, ofFile));
  console.log('');
  for (const row of formatTable(rows, ['file', 'mutants', 'killed', 'percent'])) console.log(row);
  const { mutants, killed, percent } = toRow('all', counted);
  const listed = judged.length - counted.length;
  console.log(
    `\n${mutants} mutants, ${killed} killed, ${percent} % (at least ${killedMin}), ${listed} equivalent`,
  );
  return wrong.length === 0 && killed >= (mutants * killedMin) / 100;
}

function toRow(file: string, mutants: Judged[]) {
  const killed = mutants.filter(({ verdict }) => isKilled(verdict)).length;
  const percent = mutants.length === 0 ? 100 : Math.floor((killed * 1000) / mutants.length) / 10;
  return { file, mutants: mutants.length, killed, percent };
}
