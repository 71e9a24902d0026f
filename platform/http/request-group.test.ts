import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  type GroupedRequest,
  packRequests,
  packResponses,
  unpackRequests,
  unpackResponses,
} from './request-group.ts';

const headerName = fc.stringMatching(/^[a-z][a-z-]{0,20}$/);
const headers = fc.dictionary(headerName, fc.stringMatching(/^[!-~]{1,40}$/), { noNullPrototype: true });
const body = fc.option(fc.uint8Array({ minLength: 1, maxLength: 300 }), { nil: null });
const requests = fc.array(fc.record({ path: fc.string(), headers, body }) as fc.Arbitrary<GroupedRequest>, {
  maxLength: 20,
});

describe('a group of requests', () => {
  test('is read as it was written, whatever bytes the bodies are', () => {
    fc.assert(
      fc.property(requests, (written) => {
        const unpacked = unpackRequests(packRequests(written));
        expect(unpacked.map(({ path }) => path)).toEqual(written.map(({ path }) => path));
        for (const [at, { request }] of unpacked.entries()) {
          const { headers = {}, body = null } = written[at] ?? {};
          for (const [name, value] of Object.entries(headers)) expect(request.headers.get(name)).toBe(value);
          expect(request.headers.get('not-sent')).toBeNull();
          expect(request.body === null ? null : [...request.body]).toEqual(body === null ? null : [...body]);
        }
      }),
    );
  });

  test('with a part missing, or more than there should be, is rejected as a whole', () => {
    fc.assert(
      fc.property(requests, fc.nat(), (written, at) => {
        const group = packRequests(written);
        const cut = group.slice(0, at % group.byteLength);
        expect(() => unpackRequests(cut)).toThrow('not a group of requests');
        expect(() => unpackRequests(Buffer.concat([group, new Uint8Array(1)]))).toThrow('not a group');
      }),
    );
  });

  test('that is no such thing is rejected as what it is: the sender’s fault', () => {
    const heads = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value)}\n`);
    const head = { path: '/', headers: {}, bytes: 0 };
    for (const bad of [{}, null, [null], [{}], [{ ...head, bytes: -1 }], [{ ...head, bytes: 1e9 }]]) {
      expect(() => unpackRequests(heads(bad))).toThrow(expect.objectContaining({ status: 400 }));
    }
    fc.assert(
      fc.property(fc.uint8Array(), (junk) => {
        expect(() => unpackRequests(new Uint8Array(junk))).toThrow(expect.objectContaining({ status: 400 }));
      }),
    );
  });

  test('takes ids as a request does: a sane one stays, another does not', () => {
    const ids = { 'x-request-id': 'mine-1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const [sane, mad] = unpackRequests(
      packRequests([
        { path: '/', headers: ids, body: null },
        { path: '/', headers: { 'x-request-id': 'a\nb', traceparent: 'x' }, body: null },
      ]),
    );
    expect([sane?.request.requestId, sane?.request.trace.traceId]).toEqual(['mine-1', 'a'.repeat(32)]);
    expect(mad?.request.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(mad?.request.trace.traceId).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('the response to a group', () => {
  test('has the status, headers and body of each', async () => {
    const group = await packResponses([
      Response.json({ status: 'taken' }, { status: 202, headers: { 'x-request-id': '1' } }),
      new Response(null, { status: 204 }),
      new Response('not\nnow', { status: 503, headers: { 'retry-after': '1' } }),
    ]);
    const [accepted, empty, refused] = unpackResponses(group, 3);
    expect([accepted?.status, empty?.status, refused?.status]).toEqual([202, 204, 503]);
    expect([accepted?.headers.get('x-request-id'), refused?.headers.get('retry-after')]).toEqual(['1', '1']);
    expect(await accepted?.json()).toEqual({ status: 'taken' });
    expect(await refused?.text()).toBe('not\nnow');
  });

  test('to fewer requests than were asked is none', async () => {
    const group = await packResponses([new Response('one')]);
    expect(() => unpackResponses(group, 2)).toThrow('cannot be read');
  });
});
