import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { defineEndpoints, type Endpoint, idOf, OWNER } from '../../sdk/contracts/endpoint.ts';
import { ENDPOINT_LIST, ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { createPathReader } from './path-parameters.ts';

const reader = createPathReader({ params: { user_id: OWNER, offer_id: idOf('offer_not_found') } });
const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const customer = (userId: string) => ({ kind: 'customer' as const, userId, tokenExpiresAtMs: 0 });

test('a path of one customer is for that customer alone, in any case of its letters', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (ada, eve) => {
      fc.pre(ada !== eve);
      const path = { user_id: ada.toUpperCase() };
      expect(codeOf(() => reader.requireOwner(customer(ada), path))).toBeUndefined();
      expect(codeOf(() => reader.requireOwner(customer(eve), path))).toBe('user_not_found');
      expect(codeOf(() => reader.requireOwner({ kind: 'internal' }, path))).toBe('user_not_found');
      expect(codeOf(() => reader.requireOwner(customer(ada), {}))).toBe('user_not_found');
    }),
  );
});

test('returns ids in lower case; what is no UUID has the problem of its entry', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.string(), (id, text) => {
      const path = { user_id: id, offer_id: id.toUpperCase() };
      expect(reader.read(path)).toEqual({ user_id: id, offer_id: id });
      const isUuid = /^[0-9a-f-]{36}$/i.test(text);
      if (!isUuid) expect(codeOf(() => reader.read({ ...path, offer_id: text }))).toBe('offer_not_found');
    }),
  );
});

test('every `user_id` of the table is the owner, but of operators, who own none', () => {
  const users = ENDPOINT_LIST.flatMap(([name, { auth, params = {} }]) =>
    params.user_id === undefined ? [] : [[name, params.user_id.isOwner, auth !== 'operator'] as const],
  );
  expect(users.length).toBeGreaterThan(0);
  expect(users.map(([name, isOwner]) => [name, isOwner])).toEqual(
    users.map(([name, , isOfCustomers]) => [name, isOfCustomers]),
  );
  const owners = ENDPOINT_LIST.flatMap(([, { params = {} }]) =>
    Object.values(params).filter(({ isOwner }) => isOwner),
  );
  expect(owners).toEqual(owners.map(() => OWNER));
});

test('an entry of the table names exactly the parameters of its path, and known problems', () => {
  const entry = ENDPOINTS.getOffer satisfies Endpoint;
  // @ts-expect-error the path has a parameter that the entry leaves out
  defineEndpoints({ wrong: { ...entry, params: {} } });
  // @ts-expect-error the path has no such parameter
  defineEndpoints({ wrong: { ...entry, params: { ...entry.params, other_id: OWNER } } });
  // @ts-expect-error the path has no parameter at all
  defineEndpoints({ wrong: { ...entry, path: '/v1/things' } });
  // @ts-expect-error the catalogue has no such problem
  defineEndpoints({ wrong: { ...entry, problems: ['thing_not_found'] } });
  expect(defineEndpoints({ right: entry }).right).toBe(entry);
});
