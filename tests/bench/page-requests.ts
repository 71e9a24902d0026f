import type { Sql } from '../../platform/data/sql.ts';
import type { EcsOperatorClient } from '../../sdk/operators/index.ts';

/** The days of the longest insights that a page asks for. */
export const DAYS = 90;

/** The requests that the console's pages make as they open, each by its page. */
export async function pageRequests(
  { audit, customers, deadLetters, decisions, insights, policies, reviews, system }: EcsOperatorClient,
  sql: Sql,
): Promise<[name: string, request: () => Promise<unknown>][]> {
  const to = new Date().toISOString().slice(0, 10);
  const from = new Date(Date.now() - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10);
  const [event] = await sql<{ id: string; customer: string; email: string }[]>`
    select event.id, user_id as customer, email from emotional_events as event
    join users on users.id = user_id limit 1`;
  const [decision] = await sql<{ id: string }[]>`select id from credit_analyses limit 1`;
  if (!event || !decision) throw new Error('no events, or no decisions');
  return [
    ['emotions, 30 days', () => insights.emotions()],
    ['emotions, 90 days', () => insights.emotions({ from, to })],
    ['emotions, 90 days of BR', () => insights.emotions({ from, to, jurisdiction: 'BR' })],
    ['credit, 12 weeks', () => insights.credit()],
    ['what stands out', () => insights.changes()],
    ['customer by e-mail', () => customers.find(event.email)],
    ['customer by the id of an event', () => customers.findById(event.id)],
    ['customer', () => customers.get(event.customer, { limit: 100 })],
    ["customer's timeline", () => customers.timeline(event.customer, { limit: 100 })],
    ["customer's days", () => customers.days(event.customer, { days: 90 })],
    ['decisions', () => decisions.list({ page_size: 25 })],
    ['decision', () => decisions.get(decision.id)],
    ['decision, explained', () => decisions.explain(decision.id)],
    ['policies', () => policies.list()],
    ['models', () => policies.compareModels()],
    ['reviews', () => reviews.list({ page_size: 20 })],
    ['dead letters', () => deadLetters.groups()],
    ['audit', () => audit.list({ page_size: 50 })],
    ['runs', () => system.reports()],
  ];
}
