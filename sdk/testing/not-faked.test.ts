import { expect, test } from 'bun:test';
import { createRequestHandler } from './request-handler.ts';
import { createFakeState } from './state.ts';

test('names the endpoint that the fake does not have, after the checks that every endpoint has', async () => {
  const serve = createRequestHandler(createFakeState(Date.now), 'key', {});
  const logIn = (body: string) =>
    serve(
      new Request('http://ecs.test/v1/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      }),
    );
  const response = await logIn('{"email":"ada@example.com","password":"a long passphrase"}');
  expect([response.status, await response.json()]).toMatchObject([
    501,
    { code: 'not_faked', detail: 'POST /v1/auth/login (login) is not part of the fake.' },
  ]);
  expect((await logIn('{}')).status).toBe(422);
});
