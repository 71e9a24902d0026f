import { fail } from 'k6';
import http from 'k6/http';
import { BASE_URL, json, textOf } from './system.ts';

/** Customers, registered and logged in over the API: `setup` makes them, iterations use their tokens. */
export interface Customer {
  id: string;
  token: string;
}

export const PASSWORD = 'a long passphrase';
const BATCH_SIZE = 5;

/** Returns new customers. Fails the test when the system does not register them. */
export function createCustomers(count: number): Customer[] {
  const customers: Customer[] = [];
  while (customers.length < count) {
    const size = Math.min(BATCH_SIZE, count - customers.length);
    customers.push(...createBatch(size));
  }
  return customers;
}

export function pickCustomer(customers: Customer[]): Customer {
  const customer = customers[Math.floor(Math.random() * customers.length)];
  if (!customer) throw new Error('no customer was prepared');
  return customer;
}

let emails = 0;

export function newEmail(): string {
  emails += 1;
  const random = Math.random().toString(36).slice(2);
  return `load-${Date.now().toString(36)}-${random}-${__VU}-${emails}@example.com`;
}

function createBatch(size: number): Customer[] {
  const bodies = Array.from({ length: size }, () =>
    JSON.stringify({ email: newEmail(), password: PASSWORD }),
  );
  // A kind of its own keeps the preparation apart from the load in the metrics.
  const params = { ...json(), tags: { kind: 'preparation' } };
  const post = (path: string) =>
    http.batch(bodies.map((body) => ({ method: 'POST', url: `${BASE_URL}${path}`, body, params })));
  const registrations = post('/v1/auth/register');
  const logins = post('/v1/auth/login');
  return logins.map((login, index) => {
    const registration = registrations[index];
    for (const response of [registration, login]) {
      if (response?.status === 200) continue;
      fail(`could not prepare a customer: ${response?.status} ${response ? textOf(response) : ''}`);
    }
    return { id: registration?.json('id') as string, token: login.json('access_token') as string };
  });
}
