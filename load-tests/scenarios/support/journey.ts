import { check, sleep } from 'k6';
import http, { type Response } from 'k6/http';
import { Counter, Trend } from 'k6/metrics';
import { type Customer, newEmail, PASSWORD } from './customers.ts';
import { emotionOf, transactionOf } from './events.ts';
import { BASE_URL, json, textOf } from './system.ts';

/**
 * The steps of a customer, and how long the system takes behind its 202s: until an event can be read, until
 * an accepted offer is active, until its customer has the notification.
 */
const storedAfter = new Trend('stored_after', true);
const activeAfter = new Trend('active_after', true);
const notifiedAfter = new Trend('notified_after', true);
const neverHappened = new Counter('never_happened');

const POLL_SECONDS = 0.05;
const GIVE_UP_MS = 20_000;

export function registerAndLogin(): Customer | null {
  const body = JSON.stringify({ email: newEmail(), password: PASSWORD });
  const registration = http.post(`${BASE_URL}/v1/auth/register`, body, requestParams('register'));
  const login = http.post(`${BASE_URL}/v1/auth/login`, body, requestParams('login'));
  const ok = check(login, {
    'registered and logged in': ({ status }) => status === 200 && registration.status === 200,
  });
  return ok ? { id: registration.json('id') as string, token: login.json('access_token') as string } : null;
}

/** Sends a calm month with regular purchases as batches; returns when its emotions can be read. */
export function sendCalmMonth({ id, token }: Customer): void {
  const batch = (kind: string) => ({
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    tags: { kind, name: `/v1/${kind}/batch` },
  });
  const emotions = Array.from({ length: 10 }, () => emotionOf(id, { positivity: 0.9, stress: 0.1 }));
  const transactions = Array.from({ length: 40 }, () => transactionOf(id, 150));
  const responses = [
    http.post(`${BASE_URL}/v1/transactions/batch`, transactions.join('\n'), batch('transactions')),
    http.post(`${BASE_URL}/v1/emotions/batch`, emotions.join('\n'), batch('emotions')),
  ];
  check(responses, {
    'events received': (responseList) => responseList.every(({ status }) => status === 202),
  });
  const params = requestParams('poll', token, '/v1/users/{user_id}/emotions/summary');
  const summaryUrl = `${BASE_URL}/v1/users/${id}/emotions/summary?days=30`;
  waitFor(storedAfter, () => textOf(http.get(summaryUrl, params)).includes('"event_count"'));
}

export function analyze({ id, token }: Customer): Response {
  const params = requestParams('analysis', token, '/v1/users/{user_id}/credit-analysis');
  const response = http.post(`${BASE_URL}/v1/users/${id}/credit-analysis`, null, params);
  check(response, { analyzed: ({ status }) => status === 200 });
  return response;
}

/** Returns the offer that an analysis makes once the transactions have been stored too; null without one. */
export function pollOffer(customer: Customer): string | null {
  const startedAt = Date.now();
  for (;;) {
    const response = analyze(customer);
    const offer =
      response.status === 200 ? (response.json('offer.offer_id') as string | undefined) : undefined;
    if (offer) return offer;
    if (Date.now() - startedAt > GIVE_UP_MS) return null;
    sleep(POLL_SECONDS * 4);
  }
}

/** Accepts, then waits until the limit is active and its customer is notified. */
export function acceptOffer({ id, token }: Customer, offer: string): void {
  const params = requestParams('acceptance', token, '/v1/credit-offers/{offer_id}/accept');
  const acceptance = http.post(`${BASE_URL}/v1/credit-offers/${offer}/accept`, null, params);
  if (!check(acceptance, { accepted: ({ status }) => status === 202 })) return;
  const offerUrl = `${BASE_URL}/v1/credit-offers/${offer}`;
  const offerParams = requestParams('poll', token, '/v1/credit-offers/{offer_id}');
  waitFor(activeAfter, () => http.get(offerUrl, offerParams).json('status') === 'active');
  const inboxUrl = `${BASE_URL}/v1/users/${id}/notifications`;
  const inboxParams = requestParams('poll', token, '/v1/users/{user_id}/notifications');
  waitFor(notifiedAfter, () => textOf(http.get(inboxUrl, inboxParams)).includes(offer));
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

/** Paths with ids in them share a name: one line in the figures each, not one per customer. */
function requestParams(kind: string, token?: string, name?: string) {
  return { ...json(token), tags: { kind, ...(name ? { name } : {}) } };
}
