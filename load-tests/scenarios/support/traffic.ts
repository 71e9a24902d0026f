import { check } from 'k6';
import http from 'k6/http';
import { type Customer, pickCustomer } from './customers.ts';
import { emotionOf, transactionOf } from './events.ts';
import { BASE_URL, internal, json } from './system.ts';

/** Single events, sent and acknowledged; the asynchronous forms keep many on one event loop. */
export function sendEmotion(customers: Customer[]): void {
  const { url, body, params } = emotionRequest(customers);
  check(http.post(url, body, params), IS_RECEIVED);
}

export function sendTransaction(customers: Customer[]): void {
  const { url, body, params } = transactionRequest(customers);
  check(http.post(url, body, params), IS_RECEIVED);
}

export async function sendEmotionAsync(customers: Customer[]): Promise<void> {
  const { url, body, params } = emotionRequest(customers);
  check(await http.asyncRequest('POST', url, body, params), IS_RECEIVED);
}

export async function sendTransactionAsync(customers: Customer[]): Promise<void> {
  const { url, body, params } = transactionRequest(customers);
  check(await http.asyncRequest('POST', url, body, params), IS_RECEIVED);
}

const IS_RECEIVED = { 'received (202)': ({ status }: { status: number }) => status === 202 };

function emotionRequest(customers: Customer[]) {
  const { id } = pickCustomer(customers);
  const params = { ...internal(), tags: { kind: 'emotion' } };
  return { url: `${BASE_URL}/v1/emotions/stream`, body: emotionOf(id), params };
}

function transactionRequest(customers: Customer[]) {
  const { id, token } = pickCustomer(customers);
  const params = { ...json(token), tags: { kind: 'transaction' } };
  return { url: `${BASE_URL}/v1/transactions`, body: transactionOf(id), params };
}
