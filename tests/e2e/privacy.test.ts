import { expect, test } from 'bun:test';
import type { CustomerExport } from '../../sdk/contracts/privacy.ts';
import { eventually } from '../harness/engines.ts';
import { bearer, emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';

const system = useSystem({ split: false });

test('a customer gets all that is stored as one document, and nobody else does', async () => {
  const { url, sql } = system();
  const [ada, bruno] = [await newCustomer(url), await newCustomer(url)];
  const sent = await fetch(`${url}/v1/emotions/stream`, json(emotionOf(ada.id), bearer(ada)));
  expect(sent.status).toBe(202);
  await eventually('it is stored', async () => {
    return (await sql`select from emotional_events where user_id = ${ada.id}`).length === 1;
  });
  const exportOf = (path: string, headers: Record<string, string>, method = 'GET') =>
    fetch(`${url}/v1/users/${path}/export`, { method, headers });
  const response = await exportOf(ada.id, bearer(ada));
  expect(response.headers.get('content-disposition')).toContain('attachment');
  const { data } = (await response.json()) as CustomerExport;
  expect(data.users).toMatchObject([{ id: ada.id, email: ada.email }]);
  expect(data.emotional_events).toMatchObject([{ user_id: ada.id, event_type: 'calm', positivity: 0.9 }]);
  expect((await exportOf(ada.id, bearer(bruno))).status).toBe(404);
  expect((await exportOf(ada.id, {})).status).toBe(401);
  const head = await exportOf(ada.id, bearer(ada), 'HEAD');
  expect([head.status, await head.text()]).toEqual([200, '']);
});
