import type { Flow } from '../contracts/operator-flow.ts';
import { OPERATOR_PATHS } from '../contracts/operator-paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import { CALL_OPTIONS, checkOptions } from '../core/check-options.ts';
import { followEvents } from '../core/follow-events.ts';
import type { CallOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** The flow from door to table: rates, lag and errors of each edge, engines, dead letters. */
export interface FlowView {
  /** As it is now; takes a second where nobody watches it. */
  get(options?: CallOptions): ApiCall<Flow>;
  /**
   * The flow as it goes on, every 2.5 seconds; a lost connection is made again. Ends at the signal.
   *
   * @throws AuthenticationError when the token has ended, and other errors that no retry would change
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
      const { signal } = checkOptions(options, { signal: CALL_OPTIONS.signal });
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
