import { valueOf } from '../ui/features.ts';

/**
 * Says which value of a reason would have been enough by itself. Values are tried over a range of the policy,
 * so without one no more is claimed than that none is known.
 */
export function enoughText(feature: string, value: number | null, isComplete: boolean): string {
  if (value !== null) return `${valueOf(feature, value)} would have been enough.`;
  return isComplete
    ? 'no value of it alone is known that would have been enough.'
    : 'which value of it would have been enough is not known.';
}
