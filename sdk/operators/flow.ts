import type { Flow } from '../contracts/operator-flow.ts';
import { OPERATOR_PATHS } from '../contracts/operator-paths.ts';
import { EcsError } from '../core/errors.ts';
import type { CallOptions } from '../core/options.ts';
import { readEvents } from '../core/read-events.ts';
import { jitter, pause } from '../core/timing.ts';
import type { Transport } from '../core/transport.ts';

/** The flow from door to table: rates, lag and errors of each edge, engines, dead letters. */
export interface FlowView {
  /** As it is now; takes a second where nobody watches it. */
  get(options?: CallOptions): Promise<Flow>;
  /**
   * The flow as it goes on, every 2.5 seconds; a lost connection is made again. Ends at the signal.
   *
   * @throws AuthenticationError when the token has ended, and other errors that no retry would change
   */
  watch(options?: { signal?: AbortSignal }): AsyncGenerator<Flow, void, void>;
}

export function createFlowView(transport: Transport): FlowView {
  return {
    get: (options) => transport.request({ method: 'GET', path: OPERATOR_PATHS.getFlow, options }),
    watch: ({ signal = new AbortController().signal } = {}) => follow(transport, signal),
  };
}

async function* follow(transport: Transport, signal: AbortSignal): AsyncGenerator<Flow, void, void> {
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  let failures = 0;
  try {
    while (!both.aborted) {
      try {
        const spec = { path: OPERATOR_PATHS.getFlow, params: {}, headers: {}, signal: both };
        const onBytes = () => (failures = 0);
        for await (const { event, data } of readEvents(await transport.open(spec), both, onBytes)) {
          if (event === 'flow') yield JSON.parse(data) as Flow;
        }
      } catch (error) {
        if (both.aborted) return;
        if (!(error instanceof EcsError) || !error.retryable) throw error;
      }
      failures += 1;
      await pause(jitter(transport.backoffMs, failures), both).catch(() => {});
    }
  } finally {
    ending.abort();
  }
}
