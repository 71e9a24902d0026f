/** Alerts by the fault of alerts.slow.test.ts that fires them on a real Prometheus. */
export const DRILLED = {
  frozenWorker: ['ProcessDown', 'ServiceMissing'],
  brokerAway: ['BrokerAway', 'OutboxStuck'],
  databaseAway: ['PostgresqlAway'],
  together: [
    'AnchorsFail',
    'CertificateEnds',
    'ChainBehind',
    'ChainBroken',
    'ChainUnverified',
    'ChallengerFails',
    'ClientsHangUp',
    'ConflictingEvents',
    'DeadLetters',
    'DeadLettersOld',
    'ErasureStuck',
    'ModelBreakerOpen',
    'PopulationShift',
    'RedisAway',
    'ReviewsOld',
    'ServerErrors',
    'SlowBodies',
    'SpansDropped',
    'WebhooksBehind',
    'WebhooksGivenUp',
  ],
} satisfies Record<string, string[]>;

/** Alerts that promtool alone has seen firing (alert-cases.ts), each with its reason. */
export const NOT_DRILLED: Record<string, string> = {
  ServiceNotReady: 'checks of other services are degrading in the gateway, so the drills make none 0 alone',
  ClockWrong: 'the clock of the machine that runs the drills would have to be set',
  FilesRunOut:
    'a process has to hold four fifths of its files for minutes: open-files.test.ts has one that holds all',
  WorkerBehind: 'a thousand messages that wait need a worker that reports and does not store, for minutes',
  EventsStoredLate: 'storage has to be late for as long as the window of its rate, with events all the time',
  ActivationLate: 'activations have to be late by half a minute, all the time',
  RedisRefuses: 'a local Redis has no users: redis-users.test.ts has those that ship',
  DeadLettersDiscarded: 'the stream has to be filled with 512 MiB: the drill dead-letters-full does that',
  DeadLettersUnpublished: 'the stream has to refuse messages: the drill dead-letters-full does that',
};
