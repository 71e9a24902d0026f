import { expect, test } from 'bun:test';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { ofApi } from './open-dead-letters.ts';

test.each([
  ['to themselves', ['a', 'a', 'a', 'a']],
  ['back to one that was read', ['a', 'b', 'a', 'b']],
])('pages of dead letters that lead %s end the list with an error', async (_, cursors) => {
  let count = 0;
  const line = { id: '1', stream: 'emotions', code: 'invalid', parked_at: '2026-11-23T09:30:00.000Z' };
  const server = Bun.serve({
    port: 0,
    // Far more pages than are needed: the search must not depend on an end.
    fetch: () => Response.json({ items: [line], next_cursor: count < 99 ? cursors[count++ % 4] : null }),
  });
  const api = new EcsOperatorClient({ baseUrl: `http://localhost:${server.port}`, token: 'a.b.c' });
  const { list, drops } = ofApi(api);
  for (const read of [list, drops]) {
    count = 0;
    const outcome = await read({ limit: 1000 }).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ code: 'bad_response', message: 'the list sent a page twice' });
    expect(count).toBeLessThan(8);
  }
  await server.stop(true);
});
