import type { Peers } from './client-address.ts';
import type { Failpoint } from './failpoint.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** What a process gives to each of its parts. */
export interface Runtime {
  log: Logger;
  metrics: Metrics;
  lifecycle: Lifecycle;
  failpoint: Failpoint;
  peers: Peers;
}
