import type { FlowSampler } from '../../../platform/flow/flow-sampler.ts';
import { endEvent, eventStream } from '../../../platform/http/event-stream.ts';
import type { OperatorAccess } from '../../../platform/http/operator-access.ts';
import type { OperatorPrincipal } from '../../../platform/http/principal.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import type { Logger } from '../../../platform/kernel/log.ts';
import { monotonicMs } from '../../../platform/kernel/monotonic-ms.ts';

const VIEWERS_MAX = 200;
const STREAMS_OF_OPERATOR_MAX = 10;
const RETRY_AFTER_SECONDS = 5;
/** The account is checked again in this time: one that is disabled sees nothing more. */
const CHECK_MS = 10_000;

/** Sends the flow to operators who watch it. All of them share one sampler. */
export function createFlowFeed(deps: {
  sampler: FlowSampler;
  operators: Pick<OperatorAccess, 'current'>;
  lifecycle: Lifecycle;
  log: Logger;
}) {
  const { sampler, operators, lifecycle, log } = deps;
  const streamsOf = new Map<string, number>();

  async function* events(operator: OperatorPrincipal, signal: AbortSignal): AsyncGenerator<string> {
    yield ': connected\n\n';
    let checkedMs = monotonicMs();
    for await (const flow of sampler.watch(signal)) {
      if (Date.now() >= operator.tokenExpiresAtMs) return yield endEvent('token_expired');
      if (monotonicMs() - checkedMs >= CHECK_MS) {
        checkedMs = monotonicMs();
        // While the accounts cannot be read the flow goes on: it is needed then more than ever.
        const account = await operators.current(operator).catch(() => operator);
        if (!account || account.roles.length === 0) return yield endEvent('access_lost');
      }
      yield `event: flow\ndata: ${JSON.stringify(flow)}\n\n`;
    }
  }

  return {
    /** Throws AppError 429 `too_many_streams` or 503 `overloaded`. */
    follow(operator: OperatorPrincipal, signal: AbortSignal): Response {
      const streams = streamsOf.get(operator.name) ?? 0;
      if (streams >= STREAMS_OF_OPERATOR_MAX) {
        const detail = `An operator may have ${STREAMS_OF_OPERATOR_MAX} streams of the flow open.`;
        throw problem('too_many_streams', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      if (sampler.viewers() >= VIEWERS_MAX)
        throw problem('overloaded', { detail: 'Too many watch the flow.' });
      streamsOf.set(operator.name, streams + 1);
      return eventStream({
        events: (ending) => events(operator, ending),
        untilMs: operator.tokenExpiresAtMs,
        signals: [lifecycle.signal, signal],
        onClose() {
          const remaining = (streamsOf.get(operator.name) ?? 1) - 1;
          if (remaining > 0) streamsOf.set(operator.name, remaining);
          else streamsOf.delete(operator.name);
        },
        log,
      });
    },
  };
}

export type FlowFeed = ReturnType<typeof createFlowFeed>;
