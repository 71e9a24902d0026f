import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import type { Message } from '../messaging/message.ts';
import { type Attributes, setTracer, SpanKind, type SpanOptions } from '../tracing/tracer.ts';
import { startConsumeSpans } from './consume-span.ts';

const TRACE = 'a'.repeat(32);
const UNSAMPLED = 'b'.repeat(32);
const PARENT = 'c'.repeat(16);

type Ended = SpanOptions & {
  name: string;
  isFailed: boolean | undefined;
  attributes: Attributes | undefined;
};
let ended: Ended[];
let started: string[];
beforeEach(() => {
  ended = [];
  started = [];
  setTracer({
    start(name, options) {
      started.push(name);
      if (options.traceId === UNSAMPLED) return null;
      return {
        traceId: options.traceId,
        spanId: `span of ${name}`,
        end: ({ isFailed, attributes } = {}) => void ended.push({ name, ...options, isFailed, attributes }),
      };
    },
  });
});
afterEach(() => setTracer(null));

const messageOf = (traceparent: string | null): Message =>
  ({
    subject: 'emotions',
    ...(traceparent === null ? {} : { headers: { get: () => traceparent } }),
  }) as Message;
const sampled = messageOf(`00-${TRACE}-${PARENT}-01`);
const others = [messageOf(null), messageOf('none'), messageOf(`00-${UNSAMPLED}-${PARENT}-01`)];

describe('the spans of a portion', () => {
  test('are one for each message of a sampled trace, with one for each statement', async () => {
    const spans = startConsumeSpans('worker', [...others, sampled]);
    expect(await spans.within(() => Promise.resolve('result'))).toBe('result');
    await expect(spans.within(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    spans.end(false);
    const statement = {
      name: 'worker statement',
      kind: SpanKind.client,
      traceId: TRACE,
      parentSpanId: 'span of process emotions',
      attributes: { 'db.system.name': 'postgresql' },
    };
    expect(ended).toEqual([
      { ...statement, isFailed: false },
      { ...statement, isFailed: true },
      {
        name: 'process emotions',
        kind: SpanKind.consumer,
        traceId: TRACE,
        parentSpanId: PARENT,
        isFailed: false,
        attributes: {
          'messaging.system': 'nats',
          'messaging.operation.type': 'process',
          'messaging.destination.name': 'emotions',
          'messaging.batch.message_count': 1,
        },
      },
    ]);
  });

  test('say that the portion failed', () => {
    startConsumeSpans('worker', [sampled]).end(true);
    expect(ended).toMatchObject([{ name: 'process emotions', isFailed: true }]);
  });

  test('are none without a sampled trace, and without a tracer', async () => {
    const spans = startConsumeSpans('worker', others);
    expect(await spans.within(() => Promise.resolve(7))).toBe(7);
    spans.end(false);
    expect([started, ended]).toEqual([['process emotions'], []]);
    setTracer(null);
    const untraced = startConsumeSpans('worker', [sampled]);
    expect(await untraced.within(() => Promise.resolve(8))).toBe(8);
    untraced.end(false);
    expect(ended).toEqual([]);
  });
});
