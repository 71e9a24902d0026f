/** Alerts by the drill that fires them on a real Prometheus: alerts.slow.test.ts and faults-together.slow.test.ts. */
export const DRILLED = {
  frozenWorker: ['ProcessDown', 'ServiceMissing'],
  brokerAway: ['BrokerAway', 'OutboxStuck'],
  databaseAway: ['PostgresqlAway'],
  modelDown: ['ModelBreakerOpen', 'ServerErrors'],
  together: [
    'AnchorsFail',
    'CertificateEnds',
    'ChainBehind',
    'ChainBroken',
    'ChallengerFails',
    'ClientsHangUp',
    'ConflictingEvents',
    'DeadLetters',
    'DeadLettersOld',
    'ErasureStuck',
    'PopulationShift',
    'RedisAway',
    'ReviewsOld',
    'SlowBodies',
  ],
} satisfies Record<string, string[]>;

/** Alerts that promtool alone has seen firing (alert-cases.ts), each with its reason. */
export const NOT_DRILLED: Record<string, string> = {
  ChainUnverified: 'a verification stands still for 15 minutes, which is no duration of the rules to shorten',
  ServiceNotReady: 'checks of other services are degrading in the gateway, so the drills make none 0 alone',
  WorkerBehind: 'a thousand messages that wait need a worker that reports and does not store, for minutes',
  EventsStoredLate: 'storage has to be late for as long as the window of its rate, with events all the time',
  ActivationLate: 'activations have to be late by half a minute, all the time',
  DeadLettersDiscarded: 'the stream has to be filled with 512 MiB: the drill dead-letters-full does that',
  DeadLettersUnpublished: 'the stream has to refuse messages: the drill dead-letters-full does that',
  WebhooksBehind: 'a receiver has to be down for an hour, which is no duration of the rules to shorten',
  WebhooksGivenUp: 'deliveries are given up after a day',
  SpansDropped: 'a process has to hold 5,000 spans that the collector does not take',
};
