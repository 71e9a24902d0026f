import type { Flow } from '../contracts/operator-flow.ts';
import * as OPERATOR_PATHS from '../contracts/operator-paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import { checkOptions, SIGNAL_OPTIONS } from '../core/check-options.ts';
import { followEvents } from '../core/follow-events.ts';
import type { CallOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** The flow from the API to the tables: rates, lag and errors of each edge, engines, dead letters. */
export interface FlowView {
  /** Returns the flow of this moment; takes a second while no one else watches it. */
  get(options?: CallOptions): ApiCall<Flow>;
  /**
   * Yields the flow every 2.5 seconds until the signal aborts; a lost connection is made again.
   *
   * @throws AuthenticationError when the token has expired, and other errors that no retry would change
   */
  watch(options?: { signal?: AbortSignal | undefined }): AsyncGenerator<Flow, void, void>;
}

const POLL_MS = 2_500;

export function createFlowView(transport: Transport): FlowView {
  const get = (options?: CallOptions): ApiCall<Flow> =>
    transport.request({ method: 'GET', path: OPERATOR_PATHS.getFlow, options });
  return {
    get,
    watch: (options) => {
      const { signal } = checkOptions(options, SIGNAL_OPTIONS);
      return followEvents<Flow>(transport, {
        path: OPERATOR_PATHS.getFlow,
        params: {},
        headers: () => ({}),
        read: ({ event, data }) => (event === 'flow' ? [JSON.parse(data) as Flow] : []),
        async *poll(pollSignal) {
          yield [await get({ signal: pollSignal })];
        },
        pollMs: POLL_MS,
        signal,
      });
    },
  };
}
