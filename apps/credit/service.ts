import { ACT_CHAIN } from '../../platform/audit/act-chain.ts';
import { requireAnchorFile, startAnchors } from '../../platform/audit/start-anchors.ts';
import { startChain } from '../../platform/audit/start-chain.ts';
import type { Bus } from '../../platform/messaging/bus.ts';
import {
  ConfigError,
  type ConfigOf,
  country,
  integer,
  label,
  oneOf,
  optional,
  httpUrl,
  postgresUrl,
  VARIABLES,
} from '../../platform/kernel/config.ts';
import { openServiceBus } from '../../platform/messaging/service-bus.ts';
import { STREAM_VARIABLES } from '../../platform/messaging/stream-config.ts';
import type { Service } from '../../platform/http/operations.ts';
import { OIDC_VARIABLES } from '../../platform/http/oidc-variables.ts';
import { createOperatorAccounts } from '../../platform/operators/operator-accounts.ts';
import { createKeys } from '../../platform/http/principal.ts';
import { createCustomerHash } from '../../platform/privacy/customer-hash.ts';
import { createRevokedCustomers } from '../../platform/privacy/revoked-customers.ts';
import { startRelay } from '../../platform/outbox/outbox.ts';
import { startLossDetector } from '../../platform/outbox/outbox-loss.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { openServiceCache, openServiceDatabase } from '../../platform/data/service-data.ts';
import type { Database } from '../../platform/data/sql.ts';
import { faultOfSettings, MODEL_INPUTS, MODEL_PROTOCOLS } from '../../underwriting/model/model-settings.ts';
import { DECISION_CHAIN } from './chain/decision-chain.ts';
import { watchConsents } from './consents/watch-consents.ts';
import { createAcceptOffer } from './offers/accept-offer.ts';
import { createCloseOffer } from './offers/close-offer.ts';
import { openActivePolicies } from './policies/active-policies.ts';
import { createAnalyzeCredit } from './analysis/analyze-credit.ts';
import { createNotificationFeed } from './notifications/follow-notifications.ts';
import { openTokenIssuer } from './partners/open-token-issuer.ts';
import { createIdempotency } from '../../platform/idempotency/idempotency.ts';
import { startDeletions } from './delete-outdated.ts';
import { startReconciler } from './offers/reconcile-offers.ts';
import { createDecideReview } from './reviews/decide-review.ts';
import { watchReviews } from './reviews/watch-reviews.ts';
import { openRiskModel, type SharedRiskModel } from './analysis/risk-model.ts';
import { createWhatIf } from './analysis/what-if.ts';
import { watchDecisions } from './analysis/watch-decisions.ts';
import { createRoutes } from './routes.ts';
import { ACCOUNT_VARIABLES, openAccounts } from './accounts/open-accounts.ts';

const NAME = 'credit';

export const variables = {
  DATABASE_URL: VARIABLES.DATABASE_URL,
  DATABASE_SESSION_URL: VARIABLES.DATABASE_SESSION_URL,
  CONSENT_MODE: VARIABLES.CONSENT_MODE,
  /** A replica to read facts from; without it, or while it is down, the database itself is read. */
  DATABASE_READ_URL: optional(postgresUrl()),
  SQL_POOL_SIZE: VARIABLES.SQL_POOL_SIZE,
  ...STREAM_VARIABLES,
  REDIS_URL: VARIABLES.REDIS_URL,
  SECRET_KEY: VARIABLES.SECRET_KEY,
  INTERNAL_SERVICE_API_KEY: VARIABLES.INTERNAL_SERVICE_API_KEY,
  ...OIDC_VARIABLES,
  ERASURE_KEY: VARIABLES.ERASURE_KEY,
  PUBLIC_URL: VARIABLES.PUBLIC_URL,
  /** An override of a higher limit needs a second operator. */
  REVIEW_FOUR_EYES_ABOVE: integer(5000, 0, 1_000_000_000),
  /** The risk model, and how it is asked: docs/operations/credit.md, "The risk model". */
  CREDIT_ANALYSIS_SERVICE_URL: httpUrl(),
  CREDIT_MODEL_PROTOCOL: oneOf('ecs', ...MODEL_PROTOCOLS),
  CREDIT_MODEL_NAME: label(200),
  CREDIT_MODEL_VERSION: label(64),
  CREDIT_MODEL_SCORE: label(100),
  CREDIT_MODEL_INPUT: optional(oneOf('objects', ...MODEL_INPUTS)),
  /** ISO 3166-1 alpha-2, for customers without a jurisdiction. Without it they are `unknown`. */
  DEFAULT_JURISDICTION: optional(country()),
  /** A file for the heads of the hash chains, best on another machine's disk. */
  AUDIT_ANCHOR_FILE: label(1000),
  /** Set where a challenger runs: then every decision is published, else denials alone. */
  CHALLENGER_MODEL_URL: optional(httpUrl()),
  /** Event streams of notifications that a process holds open, and of one customer. */
  NOTIFICATION_STREAMS_MAX: integer(5000, 1, 100_000),
  NOTIFICATION_STREAMS_PER_CUSTOMER: integer(10, 1, 1000),
  ...ACCOUNT_VARIABLES,
};

export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const { log, metrics, lifecycle, failpoint, peers } = runtime;
  requireAnchorFile(config.AUDIT_ANCHOR_FILE);
  const database = openServiceDatabase(NAME, config, runtime, { plansOnce: true });
  const replica = openReplica(config, runtime);
  const cache = openServiceCache(NAME, config, runtime);
  const { bus, topics } = openServiceBus(NAME, config, runtime);
  const riskModel = openModel(config, runtime);
  const policies = openActivePolicies({ database, lifecycle, log });
  const { DEFAULT_JURISDICTION: defaultJurisdiction, REVIEW_FOUR_EYES_ABOVE: fourEyesAbove } = config;

  const hashOf = createCustomerHash(config.ERASURE_KEY);
  const revoked = createRevokedCustomers({ bus, hashOf, lifecycle, log });
  const keys = createKeys(config, revoked.isRevoked);
  const relay = startRelay({ database, bus, topics, log, metrics, lifecycle, failpoint, hashOf });
  startLossDetector({ database, bus, topics, log, lifecycle });
  startBackground(config, runtime, { database, bus });
  const notifications = createNotificationFeed({
    database,
    bus,
    lifecycle,
    log,
    limits: { total: config.NOTIFICATION_STREAMS_MAX, perCustomer: config.NOTIFICATION_STREAMS_PER_CUSTOMER },
    revoked,
  });
  const service = createRoutes(
    { name: NAME, keys, log, metrics, inFlightMax: 1000, peers, operators: createOperatorAccounts(database) },
    {
      ...openAccounts(config, { database, bus, cache, keys, hashOf, revoked, lifecycle }),
      issueToken: openTokenIssuer(config, runtime, { database, cache, keys }),
      defaultJurisdiction,
      analyzeCredit: createAnalyzeCredit({
        database,
        replica,
        cache,
        policies,
        riskModel,
        defaultJurisdiction,
        publishesApprovals: config.CHALLENGER_MODEL_URL !== null,
        consentMode: config.CONSENT_MODE,
      }),
      whatIf: createWhatIf({ database, riskModel }),
      acceptOffer: createAcceptOffer({ database, failpoint, defaultJurisdiction }),
      closeOffer: createCloseOffer({ database, defaultJurisdiction }),
      decideReview: createDecideReview({
        database,
        defaultJurisdiction,
        consentMode: config.CONSENT_MODE,
        fourEyesAbove,
      }),
      notifications,
      idempotency: createIdempotency({ database, secretKey: config.SECRET_KEY }),
      database,
    },
  );

  return {
    name: NAME,
    handle: service.handle,
    respond: service.respond,
    // Neither the cache nor the model is needed to be ready: without them responses are slower, or an honest
    // 503.
    checks: { nats: bus.ping, postgresql: database.ping },
    status: async () => ({
      breaker: riskModel.status(),
      outbox: await relay.backlog(),
      notificationStreams: notifications.open(),
      policies: policies.list(),
    }),
  };
}

function openModel(config: ConfigOf<typeof variables>, runtime: Runtime): SharedRiskModel {
  const { log, metrics, lifecycle, tls } = runtime;
  const url = config.CREDIT_ANALYSIS_SERVICE_URL;
  const settings = {
    protocol: config.CREDIT_MODEL_PROTOCOL,
    name: config.CREDIT_MODEL_NAME,
    version: config.CREDIT_MODEL_VERSION,
    score: config.CREDIT_MODEL_SCORE,
    input: config.CREDIT_MODEL_INPUT,
  };
  const fault = faultOfSettings(url, settings);
  if (fault) throw new ConfigError([`CREDIT_MODEL_NAME ${fault}`]);
  const riskModel = openRiskModel({ url, settings, log, metrics, tls });
  lifecycle.onClose(`${NAME} risk model`, riskModel.close);
  return riskModel;
}

/** Reconciles offers, deletes outdated rows, chains decisions and acts, publishes both heads, and watches. */
function startBackground(
  config: ConfigOf<typeof variables>,
  { log, metrics, lifecycle }: Runtime,
  stores: { database: Database; bus: Bus },
): void {
  const deps = { ...stores, log, metrics, lifecycle };
  startReconciler(deps);
  startDeletions(deps);
  watchDecisions(deps);
  watchConsents(deps);
  watchReviews(deps);
  startChain(DECISION_CHAIN, { ...deps, gauge: metrics.decisionsUnlinked });
  startChain(ACT_CHAIN, { ...deps, gauge: metrics.actsUnlinked });
  startAnchors({
    ...deps,
    chains: { decisions: DECISION_CHAIN, acts: ACT_CHAIN },
    file: config.AUDIT_ANCHOR_FILE,
    failures: metrics.anchorFailures,
  });
}

function openReplica(config: ConfigOf<typeof variables>, runtime: Runtime): Database | null {
  const { DATABASE_READ_URL: url, SQL_POOL_SIZE } = config;
  if (url === null) return null;
  const replica = { DATABASE_URL: url, SQL_POOL_SIZE };
  return openServiceDatabase(`${NAME} replica`, replica, runtime, { plansOnce: true });
}
