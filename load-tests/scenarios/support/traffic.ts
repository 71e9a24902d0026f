import { check } from 'k6';
import http from 'k6/http';
import { emotionOf, transactionOf } from './events.ts';
import { anyOf, type Person } from './people.ts';
import { BASE, internal, json } from './target.ts';

/** One event, sent and acknowledged; the asynchronous form holds many on one event loop. */
const emotion = (people: Person[]) => {
  const { id } = anyOf(people);
  return {
    url: `${BASE}/v1/emotions/stream`,
    body: emotionOf(id),
    params: { ...internal(), tags: { kind: 'emotion' } },
  };
};

const transaction = (people: Person[]) => {
  const { id, token } = anyOf(people);
  const params = { ...json(token), tags: { kind: 'transaction' } };
  return { url: `${BASE}/v1/transactions`, body: transactionOf(id), params };
};

const received = { 'received (202)': ({ status }: { status: number }) => status === 202 };

export function sendEmotion(people: Person[]): void {
  const { url, body, params } = emotion(people);
  check(http.post(url, body, params), received);
}

export function sendTransaction(people: Person[]): void {
  const { url, body, params } = transaction(people);
  check(http.post(url, body, params), received);
}

export async function sendEmotionAsync(people: Person[]): Promise<void> {
  const { url, body, params } = emotion(people);
  check(await http.asyncRequest('POST', url, body, params), received);
}

export async function sendTransactionAsync(people: Person[]): Promise<void> {
  const { url, body, params } = transaction(people);
  check(await http.asyncRequest('POST', url, body, params), received);
}
