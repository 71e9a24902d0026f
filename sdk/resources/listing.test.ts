import { expect, test } from 'bun:test';
import { EcsClient } from '../client.ts';
import { failureOf, problem, startTestServer, USER } from '../core/test-server.ts';

const offerOf = (offer_id: string) => ({ offer_id, status: 'offered' });
const pageOf = (page: number, total: number, ids: string[]) =>
  Response.json({ total, page, page_size: 2, items: ids.map(offerOf) });

test('a list is one page when it is awaited, and all of it when it is iterated', async () => {
  const pages = [['e', 'd'], ['c', 'b'], ['a']];
  await using server = startTestServer(({ path }) => {
    const page = Number(new URLSearchParams(path.split('?')[1]).get('page') ?? 1);
    return pageOf(page, 5, pages[page - 1] ?? []);
  });
  const { offers } = server.client();
  expect((await offers.list(USER, { page_size: 2 })).items.map(({ offer_id }) => offer_id)).toEqual([
    'e',
    'd',
  ]);
  expect(server.requests).toHaveLength(1);

  const ids: string[] = [];
  for await (const { offer_id } of offers.list(USER, { page_size: 2 })) ids.push(offer_id);
  expect(ids).toEqual(['e', 'd', 'c', 'b', 'a']);
  expect(server.requests).toHaveLength(4);
});

test('a list that was broken off is whole when it is iterated again', async () => {
  await using server = startTestServer(({ path }) =>
    path.includes('page=2') ? pageOf(2, 3, ['a']) : pageOf(1, 3, ['c', 'b']),
  );
  const list = server.client().offers.list(USER, { page_size: 2 });
  for await (const { offer_id } of list) if (offer_id === 'c') break;
  for (let round = 0; round < 2; round += 1) {
    const ids: string[] = [];
    for await (const { offer_id } of list) ids.push(offer_id);
    expect(ids).toEqual(['c', 'b', 'a']);
  }
});

test('lists an offer once when it is made between two pages', async () => {
  // Between the two pages `new` came in at the top and pushed `b` over to the second.
  const responses = [pageOf(1, 3, ['c', 'b']), pageOf(2, 4, ['b', 'a'])];
  await using server = startTestServer((_, index) => responses[index] ?? problem(404, 'not_found'));
  const ids: string[] = [];
  for await (const { offer_id } of server.client().offers.list(USER, { page_size: 2 })) ids.push(offer_id);
  expect(ids).toEqual(['c', 'b', 'a']);
});

test('notifications go on from cursor to cursor until there is nothing more', async () => {
  const responses = [
    { items: [{ position: 4 }, { position: 5 }], next_cursor: 5 },
    { items: [{ position: 6 }], next_cursor: null },
  ];
  await using server = startTestServer((_, index) => Response.json(responses[index]));
  const positions: number[] = [];
  for await (const { position } of server.client().notifications.list(USER, { cursor: 3, page_size: 2 })) {
    positions.push(position);
  }
  expect(positions).toEqual([4, 5, 6]);
  expect(server.requests.map(({ path }) => path.split('?')[1])).toEqual([
    'cursor=3&page_size=2',
    'cursor=5&page_size=2',
  ]);
});

test('a page that fails ends the iteration with its error', async () => {
  await using server = startTestServer((_, index) =>
    index === 0 ? pageOf(1, 5, ['a', 'b']) : problem(404, 'user_not_found'),
  );
  const iterate = async () => {
    const ids: string[] = [];
    for await (const { offer_id } of server.client().offers.list(USER)) ids.push(offer_id);
    return ids;
  };
  expect(await failureOf(iterate())).toMatchObject({ code: 'user_not_found' });
});

test.each([
  ['to themselves', [1, 2, 3, 3, 3, 3, 3, 3, 3]],
  ['back to one that was read', [1, 2, 3, 2, 3, 2, 3, 2, 3]],
  ['back to the first', [1, 2, undefined, 1, 2, undefined, 1, 2, undefined]],
])('pages that lead %s, or name no next one, end the iteration with an error', async (_, cursors) => {
  await using server = startTestServer(({ path }, index) => {
    if (path.includes('offers')) return pageOf(1, 5, ['a', 'b']);
    return Response.json({ items: [], ...(index < 99 ? { next_cursor: cursors[index % 9] } : {}) });
  });
  const { offers, notifications, analyses } = server.client();
  for (const list of [offers.list(USER), notifications.list(USER), analyses.list(USER)]) {
    const iterate = async () => {
      for await (const _ of list) expect(server.requests.length).toBeLessThan(40);
    };
    expect(await failureOf(iterate())).toMatchObject({ code: 'bad_response' });
  }
  expect(server.requests.length).toBeLessThan(40);
  await using other = startTestServer(() => Response.json({ items: [{ position: 1 }] }));
  const iterate = async () => {
    for await (const _ of other.client().notifications.list(USER)) expect(other.requests.length).toBe(1);
  };
  expect(await failureOf(iterate())).toMatchObject({ code: 'bad_response' });
});

test('a circle of pages of any length, after any number of others, is found', async () => {
  for (const [head, length] of [
    [0, 1],
    [1, 5],
    [7, 2],
    [9, 9],
  ] as const) {
    let calls = 0;
    const placeOf = (page: number) => (page < head ? page : head + ((page - head) % length));
    const pages = () => {
      calls += 1;
      // Far more than are needed: the search must not depend on an end.
      return Response.json({ items: [], next_cursor: calls > 500 ? null : 100 + placeOf(calls) });
    };
    const ecs = new EcsClient({ baseUrl: 'http://localhost', fetch: () => Promise.resolve(pages()) });
    const iterate = async () => {
      for await (const _ of ecs.notifications.list(USER));
    };
    expect(await failureOf(iterate())).toMatchObject({ code: 'bad_response' });
    expect(calls).toBeLessThan(4 * (head + length) + 3);
  }
});

test('a later page that leaves its next one out is not followed by a request without a place', async () => {
  await using server = startTestServer((_, index) =>
    Response.json({ items: [], ...(index < 2 ? { next_cursor: index + 1 } : {}) }),
  );
  const iterate = async () => {
    for await (const _ of server.client().notifications.list(USER));
  };
  expect(await failureOf(iterate())).toMatchObject({ code: 'bad_response' });
  expect(server.requests.length).toBe(3);
});
