import type { RunResult } from '../execution/run.ts';
import type { Origin } from './run-origin.ts';
import type { MetricStore } from '../metrics/metric-store.ts';

/** The report of a run: `--json` prints it, `--html` draws it, `--compare` reads an earlier report. */
export type Report = RunResult['data'] &
  Pick<RunResult, 'exitCode' | 'style' | 'generator' | 'system' | 'timeline'> & {
    file: string;
    origin: Origin;
    /** Of each metric: the number of its samples, for comparisons. */
    samples: Record<string, number>;
    /** ISO 8601. */
    finishedAt: string;
    checks: MetricStore['checks'];
  };
