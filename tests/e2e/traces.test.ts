import { afterAll, describe, expect, test } from 'bun:test';
import { eventually } from '../harness/engines.ts';
import { storeOffer } from '../harness/offers.ts';
import { bearer, emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';
import { SHAPE } from '../harness/shape.ts';

/** A collector of traces. */
const spans: OtlpSpan[] = [];
let isAway = false;
const collector = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request) {
    if (isAway) return new Response('away', { status: 503 });
    const { resourceSpans } = (await request.json()) as OtlpRequest;
    for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
    return Response.json({});
  },
});
afterAll(() => collector.stop(true));

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  links: { traceId: string; spanId: string }[];
  attributes: { key: string; value: Record<string, unknown> }[];
}
interface OtlpRequest {
  resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[];
}

describe(`traces in ${SHAPE.title}`, () => {
  const system = useSystem({
    split: SHAPE.split,
    variables: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.origin },
  });
  const findSpan = (traceId: string, name: string) =>
    eventually(`the span ${name}`, () =>
      spans.find((span) => span.traceId === traceId && span.name === name),
    );

  test('lead from a request through its message to the statement that stores its event', async () => {
    const { url } = system();
    const customer = await newCustomer(url);
    const requestId = crypto.randomUUID();
    const response = await fetch(
      `${url}/v1/emotions/stream`,
      json(emotionOf(customer.id), { ...bearer(customer), 'x-request-id': requestId }),
    );
    const { traceId } = (await response.json()) as { traceId: string };
    const statement = await findSpan(traceId, 'emotion-processing statement');
    const way: string[] = [];
    way.unshift(`${statement.kind} ${statement.name}`);
    for (let parentId = statement.parentSpanId; parentId !== undefined; ) {
      const parent: OtlpSpan = await eventually('its parent', () =>
        spans.find(({ spanId }) => spanId === parentId),
      );
      way.unshift(`${parent.kind} ${parent.name}`);
      parentId = parent.parentSpanId;
    }
    expect(way).toEqual([
      '2 POST /v1/emotions/stream',
      '2 POST /v1/emotions/stream',
      '4 send user.emotions.topic',
      '5 process user.emotions.topic',
      '3 emotion-processing statement',
    ]);
  });

  test('of requests that share a message are linked to it', async () => {
    const { url } = system();
    const customer = await newCustomer(url);
    const responses = await Promise.all(
      Array.from({ length: 40 }, () =>
        fetch(`${url}/v1/emotions/stream`, json(emotionOf(customer.id), bearer(customer))),
      ),
    );
    const traces = new Set(
      await Promise.all(
        responses.map(async (response) => ((await response.json()) as { traceId: string }).traceId),
      ),
    );
    const isSeen = (traceId: string) =>
      spans.some(
        (span) =>
          span.name === 'send user.emotions.topic' &&
          (span.traceId === traceId || span.links.some((link) => link.traceId === traceId)),
      );
    await eventually('each request is in a message’s span', () => [...traces].every(isSeen));
    expect(spans.some(({ links }) => links.length > 0)).toBe(true);
  });

  test('lead from an acceptance to the active limit and its notification', async () => {
    const { url, sql } = system();
    const { id, token } = await newCustomer(url);
    const offerId = await storeOffer(sql, id);
    const requestId = crypto.randomUUID();
    const headers = { authorization: `Bearer ${token}`, 'x-request-id': requestId };
    const accepted = await fetch(`${url}/v1/credit-offers/${offerId}/accept`, { method: 'POST', headers });
    expect(accepted.status).toBe(202);
    const traceId = requestId.replaceAll('-', '');
    for (const name of [
      'send credit.offers.approved',
      'process credit.offers.approved',
      'credit-application statement',
      'send user.notifications',
    ]) {
      await findSpan(traceId, name);
    }
  });

  test('have no personal data, and a collector that is down costs nothing but spans', async () => {
    const { url } = system();
    const customer = await newCustomer(url);
    const text = JSON.stringify(spans);
    for (const secret of [customer.id, customer.email, customer.token, 'positivity', 'calm']) {
      expect(text).not.toContain(secret);
    }
    isAway = true;
    for (let count = 0; count < 50; count += 1) {
      const response = await fetch(
        `${url}/v1/emotions/stream`,
        json(emotionOf(customer.id), bearer(customer)),
      );
      expect(response.status).toBe(202);
    }
    isAway = false;
    const before = spans.length;
    await fetch(`${url}/v1/emotions/stream`, json(emotionOf(customer.id), bearer(customer)));
    await eventually('spans come again', () => spans.length > before);
  });
});
