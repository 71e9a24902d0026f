import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type {
  DeadLetterFilter,
  DeadLetterLine,
  DeadLettersDone,
} from '../../../sdk/contracts/operator-dead-letters.ts';
import { findDeadLetters } from '../../../platform/dead-letters/dead-letter.ts';
import { pageDrops } from '../../../platform/dead-letters/dead-letter-drops.ts';
import { requireKnownFilter } from '../../../platform/dead-letters/known-filter.ts';
import { groupDeadLetters } from '../../../platform/dead-letters/group-dead-letters.ts';
import type { DeadLetter } from '../../../platform/dead-letters/dead-letter-format.ts';
import {
  dropDeadLetters,
  replayDeadLetters,
  replayMatching,
} from '../../../platform/dead-letters/dead-letter-replay.ts';
import { getDeadLetter, lookUpDeadLetters } from '../../../platform/dead-letters/look-up-letters.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { toListPage } from '../../../platform/http/list-page.ts';
import { requireOperator } from '../../../platform/http/principal.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import { invalid } from '../../../platform/kernel/errors.ts';
import type { Bus } from '../../../platform/messaging/bus.ts';
import { placeOf, readCursor, toCursor } from '../../../platform/dead-letters/place.ts';
import type { PreviewReplay } from './preview-replay.ts';

export interface DeadLetterFlows {
  bus: Bus;
  idempotency: Idempotency;
  previewReplay: PreviewReplay;
}

/** Of a request that names none: it is done within the time of a response. */
const LETTERS_AT_ONCE = 500;

export function deadLetterRoutes(plugin: Contract, flows: DeadLetterFlows) {
  return new Elysia({ name: 'dead letters' })
    .use(deadLetterReads(plugin, flows))
    .use(deadLetterOverviews(plugin, flows))
    .use(deadLetterActs(plugin, flows));
}

function deadLetterReads(plugin: Contract, { bus }: DeadLetterFlows) {
  const list = ENDPOINTS.listDeadLetters;
  const get = ENDPOINTS.getDeadLetter;
  const listDropped = ENDPOINTS.listDroppedDeadLetters;
  return new Elysia({ name: 'dead-letter reads' })
    .use(plugin)
    .get(
      elysiaPath(list.path),
      async ({ query }) => {
        requireKnownFilter(query, 'query');
        const page = await readPage(bus, query, 'query');
        return { ...page, items: page.items.map(({ letter }) => toLine(letter)) };
      },
      contract(list),
    )
    .get(
      elysiaPath(get.path),
      async ({ params }) => {
        const letter = await getDeadLetter(bus, params.dead_letter_id);
        return { ...toLine(letter), payload: letter.payload };
      },
      contract(get),
    )
    .get(
      elysiaPath(listDropped.path),
      async ({ query: { limit = 100, cursor, ...filter } }) => {
        requireKnownFilter(filter, 'query');
        const before = cursor === undefined ? undefined : readCursor(cursor, 'query');
        const { drops, oldest } = await pageDrops(bus, { ...filter, limit, before });
        const items = drops.map(({ by, reason, droppedAt, ...letter }) => ({
          ...toLine(letter),
          by,
          reason,
          dropped_at: droppedAt,
        }));
        return { items, next_cursor: oldest && toCursor(oldest) };
      },
      contract(listDropped),
    );
}

function deadLetterOverviews(plugin: Contract, { bus, previewReplay }: DeadLetterFlows) {
  const group = ENDPOINTS.groupDeadLetters;
  const preview = ENDPOINTS.previewDeadLetterReplay;
  return new Elysia({ name: 'dead-letter overviews' })
    .use(plugin)
    .get(
      elysiaPath(group.path),
      async () => {
        const { groups, isComplete } = await groupDeadLetters(bus);
        const items = groups.map(({ oldestAt, newestAt, ...rest }) => ({
          ...rest,
          oldest_at: oldestAt,
          newest_at: newestAt,
        }));
        return { items, is_complete: isComplete };
      },
      contract(group),
    )
    .post(
      elysiaPath(preview.path),
      async ({ body: { ids, ...filter } }) => {
        requireOneWay(ids, filter);
        const { items, next_cursor } =
          ids === undefined
            ? await readPage(bus, { ...filter, limit: LETTERS_AT_ONCE }, 'body')
            : { items: await lookUpDeadLetters(bus, ids), next_cursor: null };
        return { items: await previewReplay(items.map(({ letter }) => letter)), next_cursor };
      },
      contract(preview),
    );
}

function deadLetterActs(plugin: Contract, { bus, idempotency }: DeadLetterFlows) {
  const replay = ENDPOINTS.replayDeadLetters;
  const drop = ENDPOINTS.dropDeadLetters;
  return new Elysia({ name: 'dead-letter acts' })
    .use(plugin)
    .post(
      elysiaPath(replay.path),
      async ({ call, body: { ids, stream, code } }) =>
        idempotency.once(call, 200, async () => {
          requireOneWay(ids, { stream, code });
          const filter = { stream, code, limit: LETTERS_AT_ONCE };
          const by = requireOperator(call.principal).name;
          return collect((onDone) =>
            ids === undefined
              ? replayMatching(bus, filter, { by }, onDone)
              : replayDeadLetters(bus, ids, { by }, onDone),
          );
        }),
      contract(replay),
    )
    .post(
      elysiaPath(drop.path),
      async ({ call, body: { ids, reason } }) =>
        idempotency.once(call, 200, async () => {
          const by = requireOperator(call.principal).name;
          return collect((onDone) => dropDeadLetters(bus, ids, { reason, by }, onDone));
        }),
      contract(drop),
    );
}

/** A page of those that match, the oldest first. */
async function readPage(
  bus: Bus,
  { limit = 100, cursor, ...filter }: DeadLetterFilter,
  part: 'query' | 'body',
) {
  const after = cursor === undefined ? undefined : readCursor(cursor, part);
  const letters = await findDeadLetters(bus, { ...filter, after, limit: limit + 1 });
  return toListPage(letters, limit, (last) => toCursor(placeOf(last)));
}

function requireOneWay(
  ids: string[] | undefined,
  { cursor, ...filter }: Pick<DeadLetterFilter, 'stream' | 'code' | 'cursor'>,
): void {
  requireKnownFilter(filter, 'body');
  if (ids !== undefined && (filter.stream ?? filter.code ?? cursor) !== undefined) {
    throw invalid([{ path: '/body', message: 'names dead letters, and all that match as well' }]);
  }
}

async function collect(
  work: (onDone: (letter: DeadLetter) => void) => Promise<void>,
): Promise<DeadLettersDone> {
  const items: DeadLettersDone['items'] = [];
  await work(({ id, stream, code }) => void items.push({ id: String(id), stream, code }));
  return { items };
}

/** A dead letter without its payload. */
function toLine(letter: Omit<DeadLetter, 'payload'>): DeadLetterLine {
  const { id, stream, sequence, line, deliveries, code, message, parkedAt, bytes } = letter;
  return { id: String(id), stream, sequence, line, deliveries, code, message, parked_at: parkedAt, bytes };
}
