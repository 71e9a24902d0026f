import type { Database } from '../../../platform/data/sql.ts';
import { toListPage, unknownCursor } from '../../../platform/http/list-page.ts';
import type { DecisionFilter, DecisionLines } from '../../../sdk/contracts/operator-decisions.ts';
import { selectLines, selectPlace, selectSearchEnd } from './decision-list-store.ts';

/** Of decisions that a page compares with its filters: each is some 3 KB, perhaps still on a disk. */
const ROWS_MAX = 2000;

/**
 * Lists decisions, newest first. Where the filters together leave so few that a bounded search fills no page,
 * the page says how far back it came, and its cursor goes on from there.
 */
export async function listDecisions(
  database: Database,
  { cursor, page_size = 20, ...filter }: DecisionFilter,
  rowsMax = ROWS_MAX,
): Promise<DecisionLines> {
  const before = cursor === undefined ? null : await selectPlace(database, cursor);
  if (cursor !== undefined && before === null) {
    throw unknownCursor();
  }
  const search = { filter, before, size: page_size + 1, rowsMax };
  const lines = await selectLines(database, search);
  const page = toListPage(lines, page_size, ({ analysis_id: id }) => id);
  if (page.next_cursor !== null) return { ...page, searched_back_to: null };
  const end = await selectSearchEnd(database, search);
  return { ...page, next_cursor: end?.id ?? null, searched_back_to: end?.created_at ?? null };
}
