import type { Peers } from './client-address.ts';
import type { Failpoint } from '../kernel/failpoint.ts';
import type { Hold } from '../kernel/hold.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import type { Logger } from '../kernel/log.ts';
import type { ProcessTls } from './process-tls.ts';
import type { Metrics } from '../kernel/metrics.ts';

/** Everything that a process gives to each of its services. */
export interface Runtime {
  log: Logger;
  metrics: Metrics;
  lifecycle: Lifecycle;
  /** The time before the database may be used. */
  hold: Hold;
  failpoint: Failpoint;
  peers: Peers;
  tls: ProcessTls;
}
