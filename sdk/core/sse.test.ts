import { expect, test } from 'bun:test';
import { createEventParser } from './sse.ts';

const STREAM =
  '\uFEFF: connected\n\nid: 1\nevent: notification\ndata: {"a":1}\n\n' +
  'retry: 50\r\ndata: two\r\ndata:lines\r\n\r\n: heartbeat\r\rid\rdata\r\rdata: unfinished\n';

const EVENTS = [
  { id: '1', event: 'notification', data: '{"a":1}' },
  { id: '1', event: 'message', data: 'two\nlines' },
  { id: '', event: 'message', data: '' },
];

test('reads every line ending, comments, ids that stay and ids that are reset', () => {
  const parser = createEventParser();
  expect(parser.push(STREAM)).toEqual(EVENTS);
  expect(parser.retryMs()).toBe(50);
});

test('reads the same events wherever the stream is cut', () => {
  for (let size = 1; size < STREAM.length; size += 1) {
    const parser = createEventParser();
    const events = [];
    for (let at = 0; at < STREAM.length; at += size) events.push(...parser.push(STREAM.slice(at, at + size)));
    expect(events).toEqual(EVENTS);
  }
});

test('a line without end is refused instead of filling the memory', () => {
  const parser = createEventParser();
  const push = () => {
    for (let index = 0; index < 40; index += 1) parser.push('x'.repeat(64 * 1024));
  };
  expect(push).toThrow('too long');
});
