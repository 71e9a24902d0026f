import { openServiceCache, openServiceDatabase } from '../../platform/data/service-data.ts';
import { createFlowSampler } from '../../platform/flow/flow-sampler.ts';
import { openBus } from '../../platform/messaging/bus.ts';
import { degrading, type Service } from '../../platform/http/operations.ts';
import { OIDC_LOGIN_VARIABLES, OIDC_VARIABLES } from '../../platform/http/oidc-variables.ts';
import { createKeys } from '../../platform/http/principal.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { createIdempotency } from '../../platform/idempotency/idempotency.ts';
import { type ConfigOf, httpUrls, integer, optional, text, VARIABLES } from '../../platform/kernel/config.ts';
import { createOperatorAccounts } from '../../platform/operators/operator-accounts.ts';
import { createPartnerAccounts } from '../../platform/partners/partner-reads.ts';
import { LOGIN_VARIABLES, openLoginLimits } from '../../platform/sign-in/open-logins.ts';
import { createPasswordCheck } from '../../platform/sign-in/passwords.ts';
import { createSecretBox } from '../../platform/webhooks/webhook-secret.ts';
import { WEBHOOK_VARIABLES } from '../../platform/webhooks/webhook-variables.ts';
import { watchChains } from './audit/watch-chains.ts';
import { createFlowFeed } from './flow/follow-flow.ts';
import { createReplayPreview } from './dead-letters/preview-replay.ts';
import { createRoutes } from './routes.ts';
import { createOperatorSignIn } from './sign-in/sign-in.ts';
import { createManageWebhooks } from './webhooks/manage-webhooks.ts';

const NAME = 'back-office';

export const variables = {
  DATABASE_URL: VARIABLES.DATABASE_URL,
  SQL_POOL_SIZE: VARIABLES.SQL_POOL_SIZE,
  /** Dead letters; without the broker nothing else is missing. */
  NATS_URL: VARIABLES.NATS_URL,
  /** Counts of wrong passwords, shared by all replicas. */
  REDIS_URL: VARIABLES.REDIS_URL,
  SECRET_KEY: VARIABLES.SECRET_KEY,
  /** For the preview of a replay. */
  CONSENT_MODE: VARIABLES.CONSENT_MODE,
  ...OIDC_VARIABLES,
  ...OIDC_LOGIN_VARIABLES,
  ...LOGIN_VARIABLES,
  /** Private addresses of all processes, for operators to see their status. */
  OPS_URLS: httpUrls(),
  /** Where `ecs load run` and `ecs drill run` keep their reports. */
  REPORTS_DIR: optional(text('')),
  /** Between two steps of the verification of each chain of hashes. */
  CHAIN_VERIFICATION_SECONDS: integer(20, 1, 300),
  ...WEBHOOK_VARIABLES,
};

/** The endpoints of operators, behind the gateway. */
export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const { log, metrics, lifecycle, peers } = runtime;
  const database = openServiceDatabase(NAME, config, runtime);
  const cache = openServiceCache(NAME, config, runtime);
  const bus = openBus({ url: config.NATS_URL, name: NAME, streams: null, log, metrics });
  lifecycle.onClose(`${NAME} bus`, bus.close);
  watchChains({ database, metrics, lifecycle, log, everySeconds: config.CHAIN_VERIFICATION_SECONDS });
  const keys = createKeys(config);
  const verify = createPasswordCheck({
    atOnce: config.LOGINS_AT_ONCE,
    waitingMax: config.LOGINS_WAITING_MAX,
  });
  const logins = metrics.counter({
    name: 'ecs_operator_logins_total',
    help: 'Logins of operators by name and password, by outcome: in or refused',
    labelNames: ['outcome'],
  });
  const logIn = createOperatorSignIn({
    database,
    verify,
    tokens: keys.operators,
    onAttempt: (outcome) => logins.inc({ outcome }),
  });
  const operators = createOperatorAccounts(database);
  const flowSampler = createFlowSampler({ opsUrls: config.OPS_URLS });
  const service = createRoutes(
    {
      name: NAME,
      keys,
      log,
      metrics,
      inFlightMax: 200,
      peers,
      operators,
      partners: createPartnerAccounts(database),
    },
    {
      database,
      bus,
      lifecycle,
      log,
      previewReplay: createReplayPreview({ database, consentMode: config.CONSENT_MODE }),
      opsUrls: config.OPS_URLS,
      flowSampler,
      webhooks: createManageWebhooks({
        database,
        secrets: createSecretBox(config.SECRET_KEY),
        allowed: config.WEBHOOK_ALLOW_NETWORKS,
      }),
      reportsDir: config.REPORTS_DIR,
      flowFeed: createFlowFeed({ sampler: flowSampler, operators, lifecycle, log }),
      logIn,
      loginLimits: openLoginLimits('operator-login', config, { cache, lifecycle }),
      idempotency: createIdempotency({ database, secretKey: config.SECRET_KEY }),
      provider: {
        issuer: config.OIDC_ISSUER,
        audience: config.OIDC_AUDIENCE,
        client_id: config.OIDC_CLIENT_ID,
        scope: config.OIDC_SCOPE,
      },
    },
  );
  return {
    name: NAME,
    handle: service.handle,
    respond: service.respond,
    checks: { postgresql: database.ping, [`nats of ${NAME}`]: degrading(bus.ping) },
  };
}
