import { hostname, userInfo } from 'node:os';
import { type DeadLetterFilter, listDeadLetters } from '../../platform/dead-letters/dead-letter.ts';
import { type Drop, listDrops } from '../../platform/dead-letters/dead-letter-drops.ts';
import type { DeadLetter, DeadLetterId } from '../../platform/dead-letters/dead-letter-format.ts';
import {
  dropDeadLetters,
  replayDeadLetters,
  replayMatching,
} from '../../platform/dead-letters/dead-letter-replay.ts';
import { getDeadLetter, lookUpDeadLetters } from '../../platform/dead-letters/look-up-letters.ts';
import { forEachBounded } from '../../platform/kernel/concurrency.ts';
import type { Bus } from '../../platform/messaging/bus.ts';
import type { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { createRoundCheck } from '../../sdk/resources/listing.ts';
import type {
  DeadLetterFilter as DeadLetterPage,
  DeadLetterLine,
} from '../../sdk/contracts/operator-dead-letters.ts';
import { interruptSignal } from '../config/session.ts';
import { requireNats, withBus } from '../config/broker.ts';
import { resolveBroker } from '../config/context.ts';
import { findOperator, type OperatorFlags } from '../config/operator-session.ts';

/** A dead letter; its payload is there where it was asked for. */
export type Letter = Omit<DeadLetter, 'payload'> & { payload?: string };
type OnDone = (letter: Pick<DeadLetter, 'id' | 'stream' | 'code'>) => void;
type Filter = Pick<DeadLetterFilter, 'stream' | 'code'> & { limit: number };

/** The dead letters of a system: as the logged-in operator, else over the broker itself. */
export interface DeadLetterDesk {
  list(filter: Filter, options?: { payload?: boolean | undefined }): Promise<Letter[]>;
  get(id: DeadLetterId): Promise<Letter>;
  /** One, or all of a message that many share. */
  lookUp(id: DeadLetterId): Promise<Letter[]>;
  replay(ids: DeadLetterId[], onDone: OnDone): Promise<void>;
  replayMatching(filter: Filter, onDone: OnDone): Promise<void>;
  drop(ids: DeadLetterId[], reason: string, onDone: OnDone): Promise<void>;
  drops(filter: Filter): Promise<Drop[]>;
}

/** A logged-in operator acts by the API, with the name on record; else it needs the broker's address. */
export async function withDeadLetters<T>(
  flags: OperatorFlags,
  work: (desk: DeadLetterDesk) => Promise<T>,
): Promise<T> {
  const session = findOperator(flags);
  if (session) return work(ofApi(session.api));
  return withBus(requireNats(resolveBroker(flags)), (bus) => work(ofBroker(bus)));
}

function ofBroker(bus: Bus): DeadLetterDesk {
  // Ctrl-C and a reader that has gone end an act between two letters.
  const acting = () => ({ by: `${userInfo().username}@${hostname()}`, signal: interruptSignal() });
  return {
    list: (filter) => listDeadLetters(bus, filter),
    get: (id) => getDeadLetter(bus, id),
    lookUp: async (id) => (await lookUpDeadLetters(bus, [id])).map(({ letter }) => letter),
    replay: (ids, onDone) => replayDeadLetters(bus, ids, acting(), onDone),
    replayMatching: (filter, onDone) => replayMatching(bus, filter, acting(), onDone),
    drop: (ids, reason, onDone) => dropDeadLetters(bus, ids, { reason, ...acting() }, onDone),
    drops: (filter) => listDrops(bus, filter),
  };
}

/** As many as one request takes. */
const AT_ONCE = 500;
const PAGE_MAX = 1000;
const PAYLOADS_AT_ONCE = 16;

/** The dead letters by the API, as an operator. */
export function ofApi({ deadLetters }: EcsOperatorClient): DeadLetterDesk {
  const get = async (id: DeadLetterId): Promise<Letter> => {
    const { payload, ...line } = await deadLetters.get(String(id));
    return { ...toLetter(line), payload };
  };
  const inGroups = async (
    ids: DeadLetterId[],
    act: (group: string[]) => Promise<{ items: Done[] }>,
    onDone: OnDone,
  ) => {
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const { items } = await act(ids.slice(at, at + AT_ONCE).map(String));
      items.forEach(onDone);
    }
  };
  const list = async (filter: Filter) => (await readPages(filter, (page) => deadLetters.list(page))).flat();
  return {
    async list(filter, { payload } = {}) {
      const items = await list(filter);
      const letters: Letter[] = items.map(toLetter);
      if (!payload) return letters;
      await forEachBounded(letters.entries(), PAYLOADS_AT_ONCE, async ([index, { id }]) => {
        letters[index] = await get(id);
      });
      return letters;
    },
    get,
    lookUp: async (id) => [await get(id)],
    replay: (ids, onDone) => inGroups(ids, (group) => deadLetters.replay({ ids: group }), onDone),
    async replayMatching(filter, onDone) {
      // All of them first: one that fails again comes back, and would be replayed without an end.
      const ids = (await list(filter)).map(({ id }) => id);
      await inGroups([...new Set(ids)], (group) => deadLetters.replay({ ids: group }), onDone);
    },
    drop: (ids, reason, onDone) => inGroups(ids, (group) => deadLetters.drop({ ids: group, reason }), onDone),
    async drops(filter) {
      const pages = await readPages(filter, (page) => deadLetters.dropped(page));
      // The first page has the newest, the oldest of them first.
      const items = pages.toReversed().flat();
      return items.map(({ by, reason, dropped_at: droppedAt, ...line }) => ({
        ...toLetter(line),
        by,
        reason,
        droppedAt,
      }));
    },
  };
}

/** Reads a list of the API page by page, up to the limit of the filter. Throws where the pages lead back. */
async function readPages<Item>(
  { stream, code, limit }: Filter,
  readPage: (page: DeadLetterPage) => Promise<{ items: Item[]; next_cursor?: string | null }>,
): Promise<Item[][]> {
  const pages: Item[][] = [];
  const requireNew = createRoundCheck();
  let left = limit;
  for (let cursor: string | null | undefined; cursor !== null && left > 0; ) {
    const page = await readPage({
      ...(stream === undefined ? {} : { stream }),
      ...(code === undefined ? {} : { code }),
      ...(cursor === undefined ? {} : { cursor }),
      limit: Math.min(left, PAGE_MAX),
    });
    pages.push(page.items);
    left -= page.items.length;
    // An API of before has one page.
    cursor = page.next_cursor ?? null;
    if (cursor !== null) requireNew(cursor);
  }
  return pages;
}

type Done = { id: string; stream: string; code: string };

/** The subject is the broker's: the API does not say it. */
function toLetter({ parked_at: parkedAt, ...line }: DeadLetterLine): Letter & { subject: string } {
  return { ...line, parkedAt, subject: '' };
}
