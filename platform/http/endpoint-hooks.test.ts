import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { type Endpoint, response } from '../../sdk/contracts/endpoint.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { problem } from '../kernel/errors.ts';
import { contract } from './contract.ts';
import { createKeys } from './principal.ts';
import type { ForwardedRequest } from './request.ts';
import { createHttpService } from './service.ts';
import { sentTrace } from './trace.ts';

const PATH = '/v1/operators/things';
const THINGS = {
  method: 'GET',
  path: PATH,
  summary: 'of the test',
  auth: 'operator',
  roles: ['viewer'],
  response: response(200, Type.Object({}), 'things', {}),
  tag: 'operators',
  service: 'back-office',
  priority: 'normal',
  problems: [],
} as const satisfies Endpoint;

const keys = createKeys({ SECRET_KEY: 'a key of the tests, long enough for it' });
const { token } = await keys.operators.sign({ name: 'grace', roles: ['viewer'], tokenVersion: 1 });
const headers = new Headers({ authorization: `Bearer ${token}` });
const runtime = createTestRuntime();

test.each(['its listener', 'the gateway of its process'])(
  'a service is free again after a record that failed, asked by %s',
  async (caller) => {
    let isRecordable = false;
    const operators = {
      current: async <T>(operator: T) => operator,
      record: async () => {
        if (!isRecordable) throw problem('upstream_unavailable');
      },
    };
    const service = createHttpService(
      { name: 'test', keys, inFlightMax: 2, ...runtime, operators },
      (plugin) =>
        new Elysia({ name: 'test' }).use(plugin).get(PATH, async () => ({ items: [] }), contract(THINGS)),
    );
    const ask = () => {
      const request = new Request(`http://localhost${PATH}`, { headers });
      if (caller === 'its listener') return service.handle(request);
      const requestId = Bun.randomUUIDv7();
      const { method, url, signal } = request;
      const trace = sentTrace(null, requestId);
      const clientAddress = () => 'test';
      const forwarded: ForwardedRequest = {
        method,
        url,
        headers,
        body: null,
        signal,
        requestId,
        trace,
        clientAddress,
      };
      return service.respond(THINGS, forwarded, {});
    };
    for (let n = 0; n < 3; n += 1) expect((await ask()).status).toBe(503);
    isRecordable = true;
    expect((await ask()).status).toBe(200);
  },
);
