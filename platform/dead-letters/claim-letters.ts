import type { Bus } from '../messaging/bus.ts';
import { placeClaim } from '../messaging/claim.ts';
import type { KeptMessage } from '../messaging/message.ts';
import { deleteMessage } from '../messaging/read-stream.ts';
import { DEAD_LETTERS } from '../messaging/topology.ts';
import { problem } from '../kernel/errors.ts';
import { pause } from '../kernel/lifecycle.ts';
import { monotonicMs } from '../kernel/monotonic-ms.ts';

/** An act on dead letters, as a later operator is told of it. */
export interface LetterAct {
  kind: 'replay' | 'drop' | 'erase';
  by: string;
}

/** The right to change a message of dead letters: no other process has it meanwhile. */
export interface LetterClaim {
  /** The last act that this one has waited for. */
  before: ClaimedAct | null;
  /** Throws AppError 503 when the claim is so old that another process may soon replace it. */
  requireFresh(): void;
  release(): Promise<void>;
}

interface ClaimedAct extends LetterAct {
  ids: string[];
}

/** After this long the process that claims a message has died. */
const STALE_MS = 60_000;
/** Leaves the slowest step the time to end before the claim does. */
const FRESH_MS = STALE_MS / 2;
/** Within the time of a response. */
const WAIT_MS = 3000;
const POLL_MS = 25;

/**
 * Claims a message of dead letters for an act on some of its letters, after the act of another process on it.
 * Throws AppError 409 with that act where it takes too long.
 */
export async function claimLetters(bus: Bus, heldIn: number, act: ClaimedAct): Promise<LetterClaim> {
  const subject = `${DEAD_LETTERS.claims}${heldIn}`;
  const payload = JSON.stringify(act);
  const untilMs = monotonicMs() + WAIT_MS;
  for (let before: ClaimedAct | null = null; ; await pause(POLL_MS)) {
    const claimedMs = monotonicMs();
    const claim = await placeClaim(bus, DEAD_LETTERS.stream, { subject, payload, staleMs: STALE_MS });
    if (claim.isHeld) {
      return {
        before,
        requireFresh() {
          if (monotonicMs() - claimedMs <= FRESH_MS) return;
          throw problem('broker_unavailable', { detail: 'The message broker is too slow for this act.' });
        },
        release: () => deleteMessage(bus, DEAD_LETTERS.stream, claim.sequence),
      };
    }
    before = claim.holder ? readAct(claim.holder) : before;
    if (monotonicMs() > untilMs) throw taken(act.ids, before, DOING);
  }
}

const readAct = ({ data }: KeptMessage) => JSON.parse(new TextDecoder().decode(data)) as ClaimedAct;

const DONE = { replay: 'was replayed', drop: 'was dropped', erase: 'was erased' } as const;
const DOING = { replay: 'is being replayed', drop: 'is being dropped', erase: 'is being erased' } as const;

/** The problem of an act that comes too late; names the first operator and act, where they are known. */
export function taken(
  ids: string[],
  first: ClaimedAct | null,
  verbs: Record<LetterAct['kind'], string> = DONE,
) {
  const id = ids.find((id) => first?.ids.includes(id)) ?? ids[0];
  const how =
    id !== undefined && first?.ids.includes(id)
      ? `${verbs[first.kind]} by ${first.by}`
      : 'was replayed or dropped';
  return problem('dead_letter_taken', { detail: `Dead letter ${id} ${how} meanwhile.` });
}
