import type { JetStreamClient, JetStreamManager, PubAck } from 'nats';
import { DeadlineError, pause, withDeadline } from '../kernel/lifecycle.ts';
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
type PublishUntilKept = (
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

/** All turns fit into the caller's 2 s. */
export const PUBLISH_MS = 1900;
/**
 * How long a message waits for a stream's PubAck before it goes to the next one as well. The stream of a
 * dead node responds to nothing: where another stream can take the message, the first turn is short, and the
 * second longer, since a slow broker is no faster for more messages.
 */
const ALONE_MS = [950, 950];
const ROUTED_MS = [400, 600, 400, 500];
/** So many turns without a PubAck are a server that is cut off, rather than streams without a leader. */
const LEFT_AFTER = 3;
const NO_LEADER_PAUSE_MS = 50;
const STORING_PAUSE_MS = 100;
const STREAM_FULL = new Set([10_047, 10_077]);
const STILL_STORING = 10_158;
const NO_RESPONDERS = '503';

export function createPublisher(publisher: PublisherOptions): PublishUntilKept {
  const { client, link, routes, regain, leaveServer } = publisher;
  return async (subjects, payload, options) => {
    const message = openMessage(payload, options, routes);
    const order = routes.orderOf(subjects);
    const turns = order.length === 1 ? ALONE_MS : ROUTED_MS;
    let cause: unknown;
    let refusals = 0;
    let silences = 0;
    let at = 0;
    for (let turn = 0; turn < turns.length && message.leftMs() > 0; ) {
      const subject = order[at % order.length] as string;
      const { js, jsm } = await client();
      if (message.isKept()) return await message.kept;
      const turnMs = Math.max(1, Math.min(turns[turn] ?? 0, message.leftMs()));
      try {
        return await link.send(message.leftMs(), () => message.send(js, subject, turnMs));
      } catch (error) {
        cause = error;
        if (STREAM_FULL.has(apiCodeOf(error)))
          return await message.keptOr(problem('stream_full', { cause: error, retryAfterSeconds: 5 }));
        // The same stream again, which deduplicates.
        if (error instanceof LinkLostError) continue;
        routes.markLeaderless(subject);
        at += 1;
        if (brokerErrorCode(error) !== NO_RESPONDERS) {
          turn += 1;
          if (error instanceof DeadlineError) silences += 1;
          if (silences === LEFT_AFTER) leaveServer();
          continue;
        }
        // The stream has no leader, or is gone, for instance with the broker's whole store.
        refusals += 1;
        const regaining = regain(jsm);
        if (refusals % order.length > 0) continue;
        if (await regaining) await pause(NO_LEADER_PAUSE_MS);
        else turn += 1;
      }
    }
    const detail = 'The message broker did not confirm the event.';
    return await message.keptOr(problem('broker_unavailable', { detail, cause })).catch((error: unknown) => {
      // A connection that was down may be back this moment.
      if (!(cause instanceof LinkLostError)) leaveServer();
      throw error;
    });
  };
}

/**
 * A message on its way. The first PubAck counts, of whichever send: a stream that is slow still keeps the
 * message. One that is in two streams is no harm, since the database stores an event once, by its id.
 */
function openMessage(
  payload: string | Uint8Array,
  { id, headers }: PublishOptions,
  routes: Pick<StreamRoutes, 'markLed'>,
) {
  const untilMs = performance.now() + PUBLISH_MS;
  const leftMs = () => untilMs - performance.now();
  const kept = Promise.withResolvers<PubAck>();
  const sends: Promise<PubAck>[] = [];
  let isKept = false;

  const sendTo = async (js: JetStreamClient, subject: string): Promise<PubAck> => {
    const publish = () => {
      const options = { msgID: id, timeout: Math.max(1, leftMs()) };
      return js.publish(subject, payload, headers ? { ...options, headers: toHeaders(headers) } : options);
    };
    const ack = await untilStored(publish, () => isKept || leftMs() <= 0);
    routes.markLed(subject);
    isKept = true;
    kept.resolve(ack);
    return ack;
  };

  return {
    /** The time that is left for all turns. */
    leftMs,
    isKept: () => isKept,
    kept: kept.promise,
    /** Sends; the first PubAck of all sends. Throws a DeadlineError when none comes in the turn. */
    send(js: JetStreamClient, subject: string, turnMs: number): Promise<PubAck> {
      const sending = sendTo(js, subject);
      sends.push(sending);
      return withDeadline(Promise.race([kept.promise, sending]), turnMs, 'no PubAck in time');
    },
    /** A PubAck that a stream still owes; throws the error when none comes in the time left. */
    async keptOr(error: Error): Promise<PubAck> {
      const end = Promise.race([kept.promise, Promise.allSettled(sends)]);
      await withDeadline(end, Math.max(0, leftMs()), 'no PubAck').catch(() => {});
      if (isKept) return kept.promise;
      throw error;
    },
  };
}

/**
 * Publishes again while the stream says that it is still storing this very message, sent before: it has a
 * leader, and a PubAck as soon as the message is stored.
 */
async function untilStored(publish: () => Promise<PubAck>, isOver: () => boolean): Promise<PubAck> {
  for (;;) {
    try {
      const ack = await publish();
      if (ack.seq > 0) return ack;
      // As older brokers say it.
      if (isOver()) throw new Error('a PubAck without a sequence');
    } catch (error) {
      if (apiCodeOf(error) !== STILL_STORING || isOver()) throw error;
    }
    await pause(STORING_PAUSE_MS);
  }
}
