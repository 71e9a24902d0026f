import { expect, test } from 'bun:test';
import { createAsyncApi } from './asyncapi.ts';

const channels: Record<string, object> = createAsyncApi('1.0.0').channels;

test('says how long each stream keeps its messages, as its topic has it', () => {
  const kept = { emotions: 7, userNotifications: 7, customerErasures: 3650, auditAnchors: 3650 };
  for (const [name, ageMaxDays] of Object.entries(kept)) {
    expect(channels[name]).toMatchObject({ 'x-stream': { ageMaxDays } });
  }
  // Of these the newest message of each key is kept, of any age.
  for (const name of ['customerConsents', 'partnerStates']) {
    expect(channels[name]).toMatchObject({ 'x-stream': { ageMaxDays: null } });
  }
});
