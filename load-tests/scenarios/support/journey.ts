import { check, sleep } from 'k6';
import http, { type Response } from 'k6/http';
import { Counter, Trend } from 'k6/metrics';
import { emotionOf, transactionOf } from './events.ts';
import { newEmail, PASSWORD, type Person } from './people.ts';
import { BASE, json, textOf } from './target.ts';

/**
 * The steps of a customer, and how long the system takes behind its 202s: until an event can be read, until
 * an accepted offer is active, until its customer has the notification.
 */
export const storedAfter = new Trend('stored_after', true);
export const activeAfter = new Trend('active_after', true);
export const notifiedAfter = new Trend('notified_after', true);
export const neverHappened = new Counter('never_happened');

const POLL_SECONDS = 0.05;
const GIVE_UP_MS = 20_000;

export function registerAndLogin(): Person | null {
  const body = JSON.stringify({ email: newEmail(), password: PASSWORD });
  const registered = http.post(`${BASE}/v1/auth/register`, body, tagged('register'));
  const loggedIn = http.post(`${BASE}/v1/auth/login`, body, tagged('login'));
  const ok = check(loggedIn, {
    'registered and logged in': ({ status }) => status === 200 && registered.status === 200,
  });
  return ok ? { id: registered.json('id') as string, token: loggedIn.json('access_token') as string } : null;
}

/** A calm month with regular purchases, sent as batches; resolves when its emotions can be read. */
export function liveWell({ id, token }: Person): void {
  const batch = (kind: string) => ({
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    tags: { kind, name: `/v1/${kind}/batch` },
  });
  const emotions = Array.from({ length: 10 }, () => emotionOf(id, { positivity: 0.9, stress: 0.1 }));
  const transactions = Array.from({ length: 40 }, () => transactionOf(id, 150));
  const responses = [
    http.post(`${BASE}/v1/transactions/batch`, transactions.join('\n'), batch('transactions')),
    http.post(`${BASE}/v1/emotions/batch`, emotions.join('\n'), batch('emotions')),
  ];
  check(responses, {
    'events received': (responseList) => responseList.every(({ status }) => status === 202),
  });
  const summary = tagged('poll', token, '/v1/users/{user_id}/emotions/summary');
  waitFor(storedAfter, () =>
    textOf(http.get(`${BASE}/v1/users/${id}/emotions/summary?days=30`, summary)).includes('"event_count"'),
  );
}

export function analyse({ id, token }: Person): Response {
  const params = tagged('analysis', token, '/v1/users/{user_id}/credit-analysis');
  const response = http.post(`${BASE}/v1/users/${id}/credit-analysis`, null, params);
  check(response, { analysed: ({ status }) => status === 200 });
  return response;
}

/** The offer that an analysis makes once the transactions have been stored too; null when there is none. */
export function offerFor(person: Person): string | null {
  const startedAt = Date.now();
  for (;;) {
    const response = analyse(person);
    const offer =
      response.status === 200 ? (response.json('offer.offer_id') as string | undefined) : undefined;
    if (offer) return offer;
    if (Date.now() - startedAt > GIVE_UP_MS) return null;
    sleep(POLL_SECONDS * 4);
  }
}

/** Accepts, then waits until the limit is active and its customer knows. */
export function accept({ id, token }: Person, offer: string): void {
  const params = tagged('acceptance', token, '/v1/credit-offers/{offer_id}/accept');
  const accepted = http.post(`${BASE}/v1/credit-offers/${offer}/accept`, null, params);
  if (!check(accepted, { accepted: ({ status }) => status === 202 })) return;
  const poll = tagged('poll', token, '/v1/credit-offers/{offer_id}');
  waitFor(activeAfter, () => http.get(`${BASE}/v1/credit-offers/${offer}`, poll).json('status') === 'active');
  const inbox = tagged('poll', token, '/v1/users/{user_id}/notifications');
  waitFor(notifiedAfter, () =>
    textOf(http.get(`${BASE}/v1/users/${id}/notifications`, inbox)).includes(offer),
  );
}

function waitFor(trend: Trend, happened: () => boolean | undefined): void {
  const startedAt = Date.now();
  while (!happened()) {
    if (Date.now() - startedAt > GIVE_UP_MS) {
      neverHappened.add(1);
      return;
    }
    sleep(POLL_SECONDS);
  }
  trend.add(Date.now() - startedAt);
}

/** Paths with ids in them share a name: one line in the figures each, not one a customer. */
function tagged(kind: string, token?: string, name?: string) {
  return { ...json(token), tags: { kind, ...(name ? { name } : {}) } };
}
