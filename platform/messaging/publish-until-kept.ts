import type { JetStreamClient, JetStreamManager, PubAck } from 'nats';
import { DeadlineError, pause } from '../kernel/lifecycle.ts';
import { problem } from '../kernel/errors.ts';
import { type BrokerLink, LinkLostError } from './broker-link.ts';
import { apiCodeOf, brokerErrorCode } from './broker-errors.ts';
import { toHeaders } from './bus-connection.ts';
import type { StreamRoutes } from './stream-routes.ts';

export interface PublishOptions {
  /** The broker deduplicates by it, each stream for itself. */
  id: string;
  headers?: Record<string, string>;
}

/** Publishes a message to the first of its subjects that takes it. Throws AppError 503. */
export type PublishUntilKept = (
  subjects: readonly string[],
  payload: string | Uint8Array,
  options: PublishOptions,
) => Promise<PubAck>;

interface PublisherOptions {
  /** Throws AppError 503 while there is no connection. */
  client: () => Promise<{ js: JetStreamClient; jsm: JetStreamManager }>;
  link: BrokerLink;
  routes: Pick<StreamRoutes, 'orderOf' | 'markLeaderless' | 'markLed'>;
  /** Makes the missing streams; resolves to whether to wait for others that do, or that choose leaders. */
  regain: (jsm: JetStreamManager) => Promise<boolean>;
  leaveServer: () => void;
}

/** All attempts fit into the caller's 2 s. */
export const PUBLISH_MS = 1900;
/**
 * Deadlines of the PubAcks. A dead node's stream responds to nothing: where another stream can take the
 * message, the first attempt is short, and the next ones longer, since a slow broker is no faster for more
 * messages.
 */
const ALONE_MS = [950, 950];
const ROUTED_MS = [400, 600, 900];
/** Two streams without a PubAck are a server that is cut off, rather than streams without a leader. */
const LEFT_AFTER = 2;
const NO_LEADER_PAUSE_MS = 50;
const STREAM_FULL = new Set([10_047, 10_077]);
const NO_RESPONDERS = '503';

/**
 * A message that got through although its PubAck did not is in two streams when the next attempt goes to
 * another: the database stores an event once, by its id.
 */
export function createPublisher(publisher: PublisherOptions): PublishUntilKept {
  const { client, link, routes, regain, leaveServer } = publisher;
  return async (subjects, payload, { id, headers }) => {
    const order = routes.orderOf(subjects);
    const deadlines = order.length === 1 ? ALONE_MS : ROUTED_MS;
    const untilMs = performance.now() + PUBLISH_MS;
    const leftMs = () => untilMs - performance.now();
    let cause: unknown;
    let refusals = 0;
    let attempts = 0;
    let at = 0;
    while (attempts < deadlines.length && leftMs() > 0) {
      const subject = order[at % order.length] as string;
      const { js, jsm } = await client();
      const timeout = Math.max(1, Math.min(deadlines[attempts] ?? 0, leftMs()));
      const options = { msgID: id, timeout, ...(headers ? { headers: toHeaders(headers) } : {}) };
      try {
        const ack = await link.send(leftMs(), () => js.publish(subject, payload, options));
        if (ack.seq > 0) {
          routes.markLed(subject);
          return ack;
        }
        throw new Error('a PubAck without a sequence');
      } catch (error) {
        cause = error;
        if (STREAM_FULL.has(apiCodeOf(error)))
          throw problem('stream_full', { cause: error, retryAfterSeconds: 5 });
        // The same stream again, which deduplicates.
        if (error instanceof LinkLostError || error instanceof DeadlineError) continue;
        routes.markLeaderless(subject);
        at += 1;
        if (brokerErrorCode(error) !== NO_RESPONDERS) {
          attempts += 1;
          if (attempts === LEFT_AFTER) leaveServer();
          continue;
        }
        // The stream has no leader, or is gone, for instance with the broker's whole store.
        refusals += 1;
        const regaining = regain(jsm);
        if (refusals % order.length > 0) continue;
        if (await regaining) await pause(NO_LEADER_PAUSE_MS);
        else attempts += 1;
      }
    }
    leaveServer();
    throw problem('broker_unavailable', { detail: 'The message broker did not confirm the event.', cause });
  };
}
