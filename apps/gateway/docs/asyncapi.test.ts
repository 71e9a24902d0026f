import { expect, test } from 'bun:test';
import { TOPICS } from '../../../platform/messaging/topics.ts';
import { createAsyncApi } from './asyncapi.ts';

const { channels } = createAsyncApi('1.0.0');

test('says how long each stream keeps its messages, as its topic has it', () => {
  const keptBy = Object.fromEntries(
    Object.keys(TOPICS).map((name) => [name, (channels as Channels)[name]?.['x-stream'].ageMaxDays]),
  );
  expect(keptBy).toMatchObject({
    emotions: 7,
    userNotifications: 7,
    // The ledger of erasures outlives every backup.
    customerErasures: 3650,
    auditAnchors: 3650,
    // The newest message of each key is kept, of any age.
    customerConsents: null,
    partnerStates: null,
  });
});

type Channels = Record<string, { 'x-stream': { ageMaxDays: number | null } }>;
