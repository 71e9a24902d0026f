import { expect, test } from 'bun:test';
import { TOPICS } from '../messaging/topics.ts';
import type { Facts } from './facts.ts';
import type { StreamFacts } from './stream-facts.ts';
import { toTimeline } from './timeline.ts';

test('orders times of milliseconds and of microseconds, and gives all of them six digits', () => {
  const facts: Facts = {
    kind: 'user',
    users: [{ id: 'u', email: 'ada@example.com', createdAt: '2026-11-28T10:22:18.098500Z' }],
    events: [],
    analyses: [],
    offers: [],
    outbox: [],
    notifications: [],
    reviews: [],
    consents: [],
    notes: [],
  };
  const deadLetter: StreamFacts['deadLetters'][number] = {
    id: 1,
    stream: 'emotions',
    subject: TOPICS.emotions.subject,
    sequence: 1,
    line: 1,
    deliveries: 1,
    code: 'unknown_user',
    message: 'there is no such user',
    parkedAt: '2026-11-28T10:22:18.098Z',
    bytes: 2,
    payload: '{}',
  };
  const streams: StreamFacts = { messages: [], deadLetters: [deadLetter], drops: [], notes: [] };
  const timeline = toTimeline(facts, streams, [], false);
  expect(timeline.map(({ at, where }) => `${at} ${where}`)).toEqual([
    '2026-11-28T10:22:18.098000Z dead-letters',
    '2026-11-28T10:22:18.098500Z database',
  ]);
});
