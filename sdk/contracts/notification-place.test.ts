import { expect, test } from 'bun:test';
import type { NotificationsQuery } from './notification.ts';
import { placeOf } from './notification-place.ts';

const PAGE = false;
const STREAM = true;

test.each<[string, boolean, NotificationsQuery, string | null, number | string]>([
  ['a page at its cursor', PAGE, { cursor: 7, page_size: 5 }, null, 7],
  ['a page without one', PAGE, {}, '', 0],
  ['a stream at its cursor', STREAM, { cursor: 7 }, null, 7],
  ['a stream that goes on, at the last event', STREAM, { cursor: 7 }, '9', 9],
  ['no stream with the size of a page', STREAM, { page_size: 5 }, '9', '/query/page_size'],
  ['no page at an event', PAGE, {}, '9', '/header/Last-Event-ID'],
  ['no stream at an event that is none', STREAM, {}, '5, 7', '/header/Last-Event-ID'],
])('begins %s', (_, isStream, query, lastEventId, expected) => {
  const { after, faults } = placeOf(isStream, query, lastEventId);
  expect(after ?? faults?.[0]?.path).toBe(expected);
});
