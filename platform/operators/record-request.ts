import { appendAct } from '../audit/append-act.ts';
import type { Database, Sql } from '../data/sql.ts';
import type { OperatorAct } from '../http/operator-access.ts';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TEXT_LENGTH_MAX = 200;

/**
 * Records a request of an operator: reads of a customer's data and refusals too. Query and body are left out:
 * an act that changes something has a row of its own, by its statement.
 */
export async function recordRequest(database: Database, request: OperatorAct): Promise<void> {
  const { operator, endpoint, requestId, status, problem, params } = request;
  const [parameter] = Object.keys(params);
  const { user_id: userId, ...otherParams } = params;
  const kind = parameter === undefined ? 'endpoint' : parameter.replace(/_id$/, '');
  const id = parameter === 'user_id' ? null : (parameter && params[parameter]) || endpoint.path;
  await database.query((sql) =>
    appendAct(sql, {
      actor: { kind: 'operator', name: operator.name },
      act: status >= 400 ? 'request.refuse' : endpoint.method === 'GET' ? 'request.read' : 'request.write',
      subject: { kind, id: id === null ? null : bounded(id) },
      customerId: customerOf(sql, userId, otherParams),
      details: {
        endpoint: `${endpoint.method} ${endpoint.path}`,
        status,
        problem,
        request_id: bounded(requestId),
        ...Object.fromEntries(Object.entries(otherParams).map(([name, text]) => [name, bounded(text)])),
      },
    }),
  );
}

/** The customer of the path; of an analysis or an offer, its customer. */
function customerOf(sql: Sql, userId: string | undefined, params: Record<string, string>) {
  // An id without an account may be an erased customer's, and nothing would erase it again.
  if (userId !== undefined) return ID.test(userId) ? sql`select id from users where id = ${userId}` : null;
  const { analysis_id: analysisId, offer_id: offerId } = params;
  if (analysisId && ID.test(analysisId)) {
    return sql`select user_id from credit_analyses where id = ${analysisId}`;
  }
  if (offerId && ID.test(offerId)) return sql`select user_id from credit_limits where id = ${offerId}`;
  return null;
}

/** A parameter of a refused request may be any text; the cut may leave half of a character. */
const bounded = (text: string) => text.replaceAll('\u0000', '').slice(0, TEXT_LENGTH_MAX).toWellFormed();
