import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, openTestDatabase, streams } from '../../tests/harness/runtime.ts';
import { DegradedError } from '../kernel/errors.ts';
import { createLineDecoder } from '../kernel/validation.ts';
import { TOPICS } from '../messaging/topics.ts';
import { createServiceConsumers } from './service-consumers.ts';

const runtime = createTestRuntime();
const DEADLINE_MS = 30_000;

test('each consumer of a service has a check and its lag, and either one degrades the dead letters', async () => {
  const { bus } = await openTestBus(runtime);
  const database = await openTestDatabase(runtime);
  const consumers = createServiceConsumers('webhooks', { bus, streams, database }, runtime);
  const decode = createLineDecoder(Type.Object({}));
  const handle = () => Promise.resolve([]);
  consumers.start('consumer', { topic: 'userNotifications', decode, handle });
  consumers.start('acceptances', { topic: 'creditOffersApproved', decode, handle });

  const checks = consumers.checks();
  expect(Object.keys(checks)).toEqual([
    'webhooks consumer',
    'webhooks consumer of acceptances',
    'webhooks dead letters',
  ]);
  const areReady = () => Promise.all(Object.values(checks).map((check) => check()));
  await eventually('the consumers are there', areReady, DEADLINE_MS);
  const { jsm } = bus.client();
  const { config } = await jsm.streams.info('dead-letters');
  await jsm.streams.update('dead-letters', { ...config, max_msg_size: 1 });
  await bus.publish(TOPICS.creditOffersApproved.subject, 'no JSON', { id: Bun.randomUUIDv7() });

  const failure = () => checks['webhooks dead letters']?.().catch((error: unknown) => error);
  await eventually('it is degraded', async () => (await failure()) instanceof DegradedError, DEADLINE_MS);
  expect(await consumers.lags()).toMatchObject({
    consumer: { deadLettersWaiting: 0 },
    acceptances: { deadLettersWaiting: 1 },
  });
});
