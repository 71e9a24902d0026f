import { expect, test } from 'bun:test';
import { newOperator } from '../harness/operators.ts';
import { bearer, useSystem } from '../harness/system.ts';

/** Filters of the API with a closed set of values: none takes another value for one that matches nothing. */
const system = useSystem({ split: false });

const FILTERS: [path: string, query: string, value: string, names: string][] = [
  ['audit-log', 'act', 'policy.nope', 'policy.approve'],
  ['dead-letters', 'stream', 'nope', 'emotions, transactions'],
  ['dead-letters', 'code', 'nope', 'unknown_user'],
  ['dropped-dead-letters', 'stream', 'nope', 'emotions, transactions'],
  ['dropped-dead-letters', 'code', 'nope', 'unknown_user'],
  ['credit-analyses', 'outcome', 'nope', 'approved, denied'],
  ['credit-analyses', 'review', 'nope', 'upheld'],
  ['credit-analyses', 'emotion_effect', 'nope', 'help_only'],
  ['reviews', 'state', 'nope', 'open, decided, all'],
];

test('a filter with a closed set refuses another value, with the set', async () => {
  const operator = await newOperator(system(), ['viewer', 'auditor', 'operator']);
  const get = (path: string) => fetch(`${system().url}/v1/operators/${path}`, { headers: bearer(operator) });
  for (const [path, name, value, names] of FILTERS) {
    const response = await get(`${path}?${name}=${value}`);
    const { errors } = (await response.json()) as { errors: { path: string; message: string }[] };
    expect([path, response.status, errors]).toEqual([
      path,
      422,
      [{ path: `/query/${name}`, message: expect.stringContaining(names) }],
    ]);
  }
  const none = await get('credit-analyses?policy_version=nope');
  expect([none.status, await none.json()]).toMatchObject([404, { code: 'policy_not_found' }]);
  expect((await get('credit-analyses?policy_version=v1')).status).toBe(200);
  expect((await get('dead-letters?stream=emotions-2&code=unknown')).status).toBe(200);
  const replay = { method: 'POST', body: JSON.stringify({ code: 'nope' }) };
  for (const path of ['dead-letter-replays', 'dead-letter-previews']) {
    const response = await fetch(`${system().url}/v1/operators/${path}`, {
      ...replay,
      headers: { ...bearer(operator), 'content-type': 'application/json' },
    });
    expect([path, response.status]).toEqual([path, 422]);
    expect(await response.json()).toMatchObject({ errors: [{ path: '/body/code' }] });
  }
}, 60_000);
