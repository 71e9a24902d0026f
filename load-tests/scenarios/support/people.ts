import { fail } from 'k6';
import http from 'k6/http';
import { BASE, json, textOf } from './target.ts';

/** Customers, registered and logged in over the API: `setup` makes them, iterations use their tokens. */
export interface Person {
  id: string;
  token: string;
}

export const PASSWORD = 'a long passphrase';
const AT_ONCE = 5;

/** So many new customers. Fails the test when the system does not take them. */
export function createPeople(count: number): Person[] {
  const people: Person[] = [];
  while (people.length < count) {
    const size = Math.min(AT_ONCE, count - people.length);
    const bodies = Array.from({ length: size }, () =>
      JSON.stringify({ email: newEmail(), password: PASSWORD }),
    );
    const post = (path: string) =>
      http.batch(
        bodies.map((body) => ({ method: 'POST', url: `${BASE}${path}`, body, params: preparation() })),
      );
    const registered = post('/v1/auth/register');
    const loggedIn = post('/v1/auth/login');
    for (const [index, response] of loggedIn.entries()) {
      if (response.status !== 200) {
        fail(`could not prepare a customer: ${response.status} ${textOf(response)}`);
      }
      const id = registered[index]?.json('id') as string;
      people.push({ id, token: loggedIn[index]?.json('access_token') as string });
    }
  }
  return people;
}

/** Apart from the load itself in the metrics. */
const preparation = () => ({ ...json(), tags: { kind: 'preparation' } });

let madeCount = 0;

export function newEmail(): string {
  madeCount += 1;
  const chance = Math.random().toString(36).slice(2);
  return `load-${Date.now().toString(36)}-${chance}-${__VU}-${madeCount}@example.com`;
}

export const anyOf = <T>(list: T[]): T => {
  const person = list[Math.floor(Math.random() * list.length)];
  if (person === undefined) throw new Error('nobody was prepared');
  return person;
};
