import type { CustomerExport } from '../../../sdk/contracts/privacy.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { errorFields, type Logger } from '../../../platform/kernel/log.ts';
import { CUSTOMER_TABLES, type CustomerTable } from '../../../platform/privacy/inventory.ts';
import { selectColumnTypes, selectRows } from './export-store.ts';

/** Rows in memory, of each export. */
const ROWS_PER_PAGE = 500;
/** Exports at once: each is a statement after another for as long as its client reads. */
const AT_ONCE = 4;

/**
 * Writes all that is stored of a customer as one JSON document, table by table of the inventory. Rows are
 * read when the client takes them, a page at a time: memory does not grow with the customer. Each page is of
 * the moment it is read at.
 */
export function createExportCustomer(deps: { database: Database; log: Logger }) {
  const { database, log } = deps;
  let running = 0;

  return (userId: string): Response => {
    if (running >= AT_ONCE) throw problem('overloaded', { retryAfterSeconds: 5 });
    running += 1;
    const texts = documentOf(database, userId);
    /** Whether it was written to its end, broke off, or has no reader any more. */
    let isOver = false;
    const end = () => {
      if (!isOver) running -= 1;
      isOver = true;
    };
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          try {
            const part = await texts.next();
            // The client left while it was read: there is nobody to take it.
            if (isOver) return;
            if (part.done !== true) return controller.enqueue(new TextEncoder().encode(part.value));
            end();
            controller.close();
          } catch (error) {
            end();
            // The document breaks off: it is no JSON, and cannot be taken for a whole one.
            log.warn(errorFields(error), 'an export broke off');
            controller.error(error);
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
