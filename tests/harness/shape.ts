import { isSlow } from './tier.ts';

/**
 * The system that a suite of both shapes runs on: one process in `npm test`, a process per service in the
 * slow tier. A file that imports this runs in both tiers, in .ci/run as well: `tests/run.ts` finds it by the import.
 */
export const SHAPE = isSlow
  ? { title: 'a process per service', split: true }
  : { title: 'one process', split: false };
