import type { CustomerExport } from '../../../sdk/contracts/privacy.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { ClientAddress } from '../../../platform/http/client-address.ts';
import { errorFields, type Logger } from '../../../platform/kernel/log.ts';
import { CUSTOMER_TABLES, type CustomerTable } from '../../../platform/privacy/inventory.ts';
import { createFairQueue } from '../../../platform/resilience/fair-queue.ts';
import { createStreamSlots, type StreamLimits } from '../../../platform/resilience/stream-slots.ts';
import { selectColumnTypes, selectRows } from './export-store.ts';

/** Rows in memory, of each export. */
const ROWS_PER_PAGE = 500;
/** Pages that are read at once; an export that waits for its client is none of them. */
const PAGES_AT_ONCE = 4;
const OPEN: StreamLimits = { total: 100, perCustomer: 2 };

interface Reader {
  userId: string;
  address: ClientAddress;
}

/**
 * Writes all that is stored of a customer as one JSON document, table by table of the inventory. Rows are
 * read when the client takes them, a page at a time: memory does not grow with the customer, and a client
 * that does not read keeps no other from its pages. Each page is of the moment it is read at. Throws AppError
 * 429 `too_many_streams` or 503 `overloaded`.
 */
export function createExportCustomer(deps: { database: Database; log: Logger; open?: StreamLimits }) {
  const { database, log, open = OPEN } = deps;
  const slots = createStreamSlots(open, 'exports');
  const pages = createFairQueue(
    { atOnce: PAGES_AT_ONCE, waitingMax: open.total },
    'Too many exports are read at once.',
  );

  return ({ userId, address }: Reader): Response => {
    /** Whether it was written to its end, broke off, or has no reader any more. */
    let isOver = false;
    let controller: ReadableStreamDefaultController<Uint8Array>;
    const breakOff = (error: unknown) => {
      // The client left while it was read: there is nobody to take it.
      if (isOver) return;
      end();
      // The document breaks off: it is no JSON, and cannot be taken for a whole one.
      log.warn(errorFields(error), 'an export broke off');
      controller.error(error);
    };
    const release = slots.take({
      userId,
      address,
      end: () => breakOff(new Error('another address needs its slot')),
    });
    const end = () => {
      isOver = true;
      release();
    };
    const texts = documentOf(database, userId);
    const body = new ReadableStream<Uint8Array>(
      {
        start(opened) {
          controller = opened;
        },
        async pull() {
          try {
            const part = await pages.run(userId, () => texts.next());
            if (isOver) return;
            if (part.done !== true) return controller.enqueue(new TextEncoder().encode(part.value));
            end();
            controller.close();
          } catch (error) {
            breakOff(error);
          }
        },
        cancel: end,
      },
      { highWaterMark: 0 },
    );
    const headers = {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'content-disposition': `attachment; filename="ecs-export-${userId}.json"`,
    };
    return new Response(body, { headers });
  };
}

async function* documentOf(database: Database, userId: string): AsyncGenerator<string> {
  const head: Omit<CustomerExport, 'data'> = {
    format: 'ecs-export-1',
    user_id: userId,
    exported_at: new Date().toISOString(),
    about: Object.fromEntries(
      CUSTOMER_TABLES.map((holding) => [
        holding.table,
        {
          content: holding.content,
          purpose: holding.purpose,
          kept: holding.kept,
          erasure: holding.erasure,
        },
      ]),
    ),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"data":{`;
  for (const [index, holding] of CUSTOMER_TABLES.entries()) {
    yield `${index === 0 ? '' : ','}\n${JSON.stringify(holding.table)}:[`;
    yield* rowsOf(database, holding, userId);
    yield ']';
  }
  yield '}}\n';
}

async function* rowsOf(database: Database, holding: CustomerTable, userId: string): AsyncGenerator<string> {
  const types = await selectColumnTypes(database, holding.table);
  for (let after: string[] | null = null; ; ) {
    const rows = await selectRows(database, holding, { userId, types, after, size: ROWS_PER_PAGE });
    const separator = after === null ? '\n' : ',\n';
    if (rows.length > 0) yield separator + rows.map(({ json }) => json).join(',\n');
    if (rows.length < ROWS_PER_PAGE) return;
    after = rows.at(-1)?.place ?? null;
  }
}
