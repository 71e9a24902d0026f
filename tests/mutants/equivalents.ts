import type { Mutant } from './make-mutants.ts';

/** A mutant that changes nothing that anybody could see, by its line and its change, with the reason. */
export interface Equivalent {
  file: string;
  line: string;
  change: string;
  reason: string;
}

export const isEquivalent = (mutant: Mutant, equivalents: Equivalent[]) =>
  equivalents.some((entry) => fits(entry, mutant));

/** Returns the entries that fit no mutant: the line was changed, so its reason has to be looked at again. */
export function staleEntries(equivalents: Equivalent[], mutants: Mutant[]): Equivalent[] {
  return equivalents.filter((entry) => !mutants.some((mutant) => fits(entry, mutant)));
}

const fits = (entry: Equivalent, { file, lineText, change }: Mutant) =>
  entry.file === file && entry.line === lineText && entry.change === change;
