/** Series in promtool's notation, one sample every 15 s. */
type Samples = Record<string, string>;

/** Of each alert: samples that fire it, a list for each way to do so, and samples close to them that do not. */
export const ALERT_CASES: Record<string, Record<'fires' | 'quiet', Samples | Samples[]>> = {
  PostgresqlAway: {
    fires: [
      { 'ecs_check_up{part="credit",check="postgresql"}': '1x4 0x200' },
      // It takes no writes.
      { 'ecs_check_up{part="credit",check="postgresql"}': '1x4 0.5x200' },
    ],
    quiet: {
      // A single bad scrape, and another engine.
      'ecs_check_up{part="credit",check="postgresql"}': '1x4 0 1x200',
      'ecs_check_up{part="credit",check="nats"}': '0x200',
    },
  },
  BrokerAway: {
    fires: { 'ecs_check_up{part="credit",check="nats"}': '1x4 0x200' },
    quiet: { 'ecs_check_up{part="credit",check="nats"}': '1x4 0x2 1x200' },
  },
  RedisAway: {
    fires: { 'ecs_redis_commands_total{outcome="bypassed"}': '0+10x200' },
    quiet: [
      {
        'ecs_redis_commands_total{outcome="failed"}': '0+0x200',
        'ecs_redis_commands_total{outcome="miss"}': '0+10x200',
        'ecs_redis_commands_total{outcome="refused"}': '0+10x200',
      },
      // Some are late.
      {
        'ecs_redis_commands_total{outcome="failed"}': '0+10x200',
        'ecs_redis_commands_total{outcome="done"}': '0+1000x200',
      },
    ],
  },
  RedisRefuses: {
    fires: { 'ecs_redis_commands_total{outcome="refused"}': '0+1x200' },
    quiet: {
      'ecs_redis_commands_total{outcome="refused"}': '3x200',
      'ecs_redis_commands_total{outcome="bypassed"}': '0+10x200',
    },
  },
  WorkerBehind: {
    fires: { 'ecs_consumer_pending_messages{durable="a",stream="s"}': '0x4 2000x200' },
    // Two replicas report the same lag.
    quiet: {
      'ecs_consumer_pending_messages{durable="a",stream="s",instance="1"}': '600x200',
      'ecs_consumer_pending_messages{durable="a",stream="s",instance="2"}': '600x200',
    },
  },
  CertificateEnds: {
    fires: { ecs_tls_certificate_not_after_seconds: '500000x200' },
    quiet: {
      // 0 stands for a process without a certificate.
      'ecs_tls_certificate_not_after_seconds{instance="1"}': '0x200',
      'ecs_tls_certificate_not_after_seconds{instance="2"}': '900000x200',
    },
  },
  ProcessDown: {
    fires: { 'up{job="ecs",instance="a"}': '1x4 0x200' },
    quiet: { 'up{job="ecs",instance="a"}': '1x4 0x2 1x200', 'up{job="other",instance="b"}': '0x200' },
  },
  ServiceMissing: {
    // A process that does not respond has no metrics at all.
    fires: [
      servicesUp('credit-application'),
      // Not every installation has one: it is missed where there was one.
      { ...servicesUp(), 'ecs_check_up{part="stream-keeper",check="nats"}': '1x20 _x180' },
    ],
    quiet: [servicesUp(), { ...servicesUp(), 'ecs_check_up{part="console",check="gateway"}': '1x200' }],
  },
  ServiceNotReady: {
    fires: { 'ecs_check_up{part="gateway",check="credit"}': '1x4 0x200' },
    quiet: {
      'ecs_check_up{part="gateway",check="credit"}': '0.5x200',
      'ecs_check_up{part="credit",check="nats"}': '0x200',
    },
  },
  ServerErrors: {
    fires: responses({ 202: 90, 503: 10 }),
    quiet: responses({ 202: 97, 503: 3, 429: 50 }),
  },
  ClientsHangUp: { fires: responses({ 200: 60, 499: 40 }), quiet: responses({ 200: 95, 499: 5 }) },
  SlowBodies: { fires: responses({ 408: 30 }), quiet: responses({ 408: 3 }) },
  ClockWrong: {
    // promtool begins at 0.
    fires: [
      { 'ecs_clock_seconds{instance="a"}': '90+15x200' },
      { 'ecs_clock_seconds{instance="a"}': '0+15x20 270+15x200' },
    ],
    quiet: { 'ecs_clock_seconds{instance="a"}': '1+15x200' },
  },
  FilesRunOut: {
    fires: { 'process_open_fds{instance="a"}': '50x4 900x200', 'process_max_fds{instance="a"}': '1000x204' },
    quiet: {
      'process_open_fds{instance="a"}': '50x4 900x2 50x200',
      'process_max_fds{instance="a"}': '1000x204',
      'process_open_fds{instance="b"}': '900x200',
      'process_max_fds{instance="b"}': '20000x200',
    },
  },
  EventsStoredLate: {
    fires: buckets('ecs_event_storage_seconds', 'durable="emotion-processing",topic="emotions"', 10),
    quiet: buckets('ecs_event_storage_seconds', 'durable="emotion-processing",topic="emotions"', 0.1),
  },
  OutboxStuck: {
    fires: { 'ecs_outbox_oldest_seconds{topic="creditOffersApproved"}': '0x4 0+15x200' },
    quiet: { 'ecs_outbox_oldest_seconds{topic="creditOffersApproved"}': '0x4 20x200' },
  },
  ActivationLate: {
    fires: buckets('ecs_offer_activation_seconds', 'instance="1"', 60),
    quiet: buckets('ecs_offer_activation_seconds', 'instance="1"', 5),
  },
  DeadLetters: {
    fires: { 'ecs_dead_letters{stream="emotions"}': '0x4 3x200' },
    // Replayed within minutes.
    quiet: { 'ecs_dead_letters{stream="emotions"}': '0x4 3x12 0x200' },
  },
  DeadLettersOld: {
    fires: { ecs_dead_letters_oldest_seconds: '270000x200' },
    quiet: { ecs_dead_letters_oldest_seconds: '200000x200' },
  },
  DeadLettersDiscarded: {
    // The counter appears with its first value.
    fires: { 'ecs_dead_letters_discarded_total{stream="emotions"}': '_x100 7x100' },
    quiet: { 'ecs_dead_letters_discarded_total{stream="emotions"}': '0x200' },
  },
  DeadLettersUnpublished: {
    fires: { 'ecs_dead_letters_waiting_messages{durable="a"}': '0x4 5x200' },
    quiet: { 'ecs_dead_letters_waiting_messages{durable="a"}': '0x4 5x2 0x200' },
  },
  ConflictingEvents: {
    fires: { 'ecs_events_parked_total{durable="a",code="conflict"}': '_x100 1x100' },
    quiet: {
      'ecs_events_parked_total{durable="a",code="conflict"}': '0x200',
      'ecs_events_parked_total{durable="a",code="unknown_user"}': '_x100 4x200',
    },
  },
  SpansDropped: {
    fires: { 'ecs_spans_total{outcome="dropped",instance="a"}': '0+5x200' },
    quiet: {
      'ecs_spans_total{outcome="dropped",instance="a"}': '0x20 40x200',
      'ecs_spans_total{outcome="exported",instance="a"}': '0+5x200',
    },
  },
  ModelBreakerOpen: {
    // Half-open at its probes.
    fires: { ecs_breaker_open: '0x4 1 1 0.5 1 1 0.5 1 1 0.5 1x200' },
    quiet: { ecs_breaker_open: '0x4 1x2 0.5 0x200' },
  },
  ChallengerFails: {
    fires: {
      'ecs_challenger_calls_total{outcome="failed"}': '0+1x200',
      'ecs_challenger_calls_total{outcome="predicted"}': '4x200',
    },
    quiet: {
      'ecs_challenger_calls_total{outcome="failed"}': '0+1x200',
      'ecs_challenger_calls_total{outcome="predicted"}': '0+9x200',
    },
  },
  WebhooksBehind: {
    fires: { ecs_webhook_oldest_pending_seconds: '0x4 3700+15x200' },
    quiet: { ecs_webhook_oldest_pending_seconds: '0+15x100 0x100' },
  },
  WebhooksGivenUp: {
    fires: { 'ecs_webhook_attempts_total{outcome="given_up"}': '0x20 3x200' },
    quiet: {
      'ecs_webhook_attempts_total{outcome="given_up"}': '0x200',
      'ecs_webhook_attempts_total{outcome="failed"}': '0+5x200',
    },
  },
  PopulationShift: {
    fires: { 'ecs_decisions_psi{of="score"}': '0.4x700' },
    quiet: { 'ecs_decisions_psi{of="score"}': '0.2x700' },
  },
  ReviewsOld: {
    fires: { ecs_reviews_oldest_seconds: '700000x700' },
    quiet: { ecs_reviews_oldest_seconds: '500000x700' },
  },
  ChainBehind: {
    fires: { ecs_decisions_unlinked: '5000x200', ecs_audit_acts_unlinked: '0x200' },
    quiet: { ecs_decisions_unlinked: '200x200', ecs_audit_acts_unlinked: '900x200' },
  },
  ChainBroken: {
    // Of two replicas, the one that was scraped last knows it.
    fires: {
      'ecs_audit_chain_broken{chain="acts",instance="1"}': '0x200',
      'ecs_audit_chain_broken{chain="acts",instance="2"}': '0x100 1x100',
    },
    quiet: {
      'ecs_audit_chain_broken{chain="acts"}': '0x200',
      'ecs_audit_chain_broken{chain="decisions"}': '0x200',
    },
  },
  ChainUnverified: {
    // The time of promtool starts at 0.
    fires: [
      verifications({ acts: '0+15x200', decisions: '0+15x20 300x180' }),
      // Steps are made, and none has come to the end of the chain for more than a week.
      {
        ...verifications({ acts: '0+15x200', decisions: '0+15x200' }),
        'ecs_audit_chain_verified_timestamp_seconds{chain="acts"}': '-604800x200',
      },
      // Its row was deleted.
      verifications({ acts: '0+15x20 stale', decisions: '0+15x200' }),
      verifications({ acts: '0+15x200', decisions: '0+15x20 stale' }),
    ],
    // One replica has stopped.
    quiet: {
      ...verifications({ acts: '0+15x200', decisions: '0+15x200' }),
      'ecs_audit_chain_step_timestamp_seconds{chain="acts",instance="2"}': '0x200',
    },
  },
  AnchorsFail: {
    fires: { 'ecs_audit_anchor_failures_total{place="file"}': '_x20 0+1x200' },
    quiet: {
      'ecs_audit_anchor_failures_total{place="file"}': '0x200',
      // Once, while the broker started.
      'ecs_audit_anchor_failures_total{place="stream"}': '_x20 1x200',
    },
  },
  ErasureStuck: {
    fires: { ecs_erasures_oldest_seconds: '0x4 0+15x200' },
    quiet: { ecs_erasures_oldest_seconds: '30x200' },
  },
};

function servicesUp(missing?: string): Samples {
  const services = [
    'gateway',
    'emotion-ingestion',
    'transaction-ingestion',
    'emotion-processing',
    'transaction-processing',
    'credit',
    'credit-application',
    'back-office',
    'privacy',
    'webhooks',
  ];
  const up = services.map((part) => [
    `ecs_check_up{part="${part}",check="any"}`,
    part === missing ? '1x4 stale' : '1x200',
  ]);
  return Object.fromEntries(up);
}

/** Times of the steps and of the passes of each chain. */
function verifications(times: Record<'acts' | 'decisions', string>): Samples {
  const series = Object.entries(times).flatMap(([chain, values]) =>
    ['step', 'verified'].map((of) => [`ecs_audit_chain_${of}_timestamp_seconds{chain="${chain}"}`, values]),
  );
  return Object.fromEntries(series);
}

/** Requests of the gateway, by status, between two samples. */
function responses(counts: Record<number, number>): Samples {
  const series = Object.entries(counts).map(([status, count]) => [
    `ecs_http_request_duration_seconds_count{part="gateway",endpoint="e",status="${status}"}`,
    `0+${count}x200`,
  ]);
  return Object.fromEntries(series);
}

/** A histogram with all observations of one duration. */
function buckets(metric: string, labels: string, seconds: number): Samples {
  const series = [0.1, 1, 5, 10, 60, 300].map((bound) => [
    `${metric}_bucket{${labels},le="${bound}"}`,
    bound >= seconds ? '0+10x200' : '0x200',
  ]);
  return Object.fromEntries([...series, [`${metric}_bucket{${labels},le="+Inf"}`, '0+10x200']]);
}
