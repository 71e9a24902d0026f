import { expect, test } from 'bun:test';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { createEventParser, type ServerSentEvent } from './sse.ts';

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

test('a line without end is an error instead of filling the memory', () => {
  const parser = createEventParser();
  const push = () => {
    for (let index = 0; index < 40; index += 1) parser.push('x'.repeat(64 * 1024));
  };
  expect(push).toThrow('has more than 1,048,576 characters');
});

test('a line that comes byte by byte takes time by its length', () => {
  const parser = createEventParser();
  const started = process.cpuUsage();
  for (let index = 0; index < 300_000; index += 1) parser.push('x');
  expect(parser.push('\n\ndata: y\n\n')).toEqual([{ id: '', event: 'message', data: 'y' }]);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1000).toBeLessThan(2000);
});

test('lines of one event without end are an error as well', () => {
  const parser = createEventParser();
  const push = () => {
    for (let index = 0; index < 40; index += 1) parser.push('data: x\n'.repeat(64 * 1024));
  };
  expect(push).toThrow('has more than 1,048,576 characters');
});

/** The events as eventsource-parser reads them, the library that this parser was weighed against. */
function readByLibrary(pieces: string[]): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  let id = '';
  const parser = createParser({
    onId: (lastId) => {
      id = lastId;
    },
    onEvent: ({ event = 'message', data }) => events.push({ id, event, data }),
  });
  for (const piece of pieces) parser.feed(piece);
  return events;
}

test('any stream, cut anywhere, is read as eventsource-parser reads it', () => {
  const words = [
    'data',
    'id',
    'event',
    'retry',
    ':',
    ' ',
    '\n',
    '\r',
    '\n\n',
    'data: y\n',
    'x',
    '\0',
    '\uFEFF',
    '5',
  ];
  const piece = fc.array(fc.constantFrom(...words), { maxLength: 6 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const stream = [...pieces, '\n\n'];
      const parser = createEventParser();
      expect(stream.flatMap((text) => parser.push(text))).toEqual(readByLibrary(stream));
    }),
    { numRuns: 2000 },
  );
});
