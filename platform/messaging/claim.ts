import type { Bus } from './bus.ts';
import { toHeaders } from './bus-connection.ts';
import { apiCodeOf } from './broker-errors.ts';
import { brokerTimeOf } from './inspect.ts';
import { CLAIM_HEADER, type KeptMessage } from './message.ts';
import { deleteMessage, readNewest } from './read-stream.ts';

/**
 * A message that is alone on its subject: while it is there, no other process gets the subject. Readers of
 * the stream do not see it.
 */
type Claim = { isHeld: true; sequence: number } | { isHeld: false; holder: KeptMessage | null };

const WRONG_LAST_SEQUENCE = new Set([10_071, 10_164]);
const PUBLISH_MS = 2000;

/**
 * Publishes the claim, unless another is on the subject; one that is older than `staleMs` by the broker's own
 * clock is replaced, since its process has died. The broker decides between two that are published at once.
 */
export async function placeClaim(
  bus: Bus,
  stream: string,
  claim: { subject: string; payload: string; staleMs: number },
): Promise<Claim> {
  const first = await publishAfter(bus, claim, 0);
  if (first !== null) return { isHeld: true, sequence: first };
  const holder = await readNewest(bus, stream, claim.subject);
  if (holder === null) return { isHeld: false, holder };
  // Without the broker's time, a claim judged by the process's clock ends at least.
  const brokerMs = brokerTimeOf(await bus.client().jsm.streams.info(stream));
  const ageMs = brokerMs - Date.parse(holder.time);
  const isStale = ageMs >= claim.staleMs;
  if (!isStale) return { isHeld: false, holder };
  const second = await publishAfter(bus, claim, holder.sequence);
  if (second === null) return { isHeld: false, holder };
  await deleteMessage(bus, stream, holder.sequence);
  return { isHeld: true, sequence: second };
}

/** Returns the sequence of the message; null when the newest of its subject is another than `after`. */
async function publishAfter(
  bus: Bus,
  { subject, payload }: { subject: string; payload: string },
  after: number,
): Promise<number | null> {
  try {
    const ack = await bus.client().js.publish(subject, payload, {
      headers: toHeaders({ [CLAIM_HEADER]: 'claim' }),
      expect: { lastSubjectSequence: after },
      timeout: PUBLISH_MS,
    });
    return ack.seq;
  } catch (error) {
    if (WRONG_LAST_SEQUENCE.has(apiCodeOf(error))) return null;
    throw error;
  }
}
