import { ENDPOINT_LIST } from '../../sdk/contracts/endpoints.ts';
import { createAdmission } from '../../platform/resilience/admission.ts';
import { createAddressReader } from './client-address.ts';
import {
  type ConfigOf,
  httpUrl,
  integer,
  networks,
  optional,
  origins,
  VARIABLES,
} from '../../platform/kernel/config.ts';
import { type Service, readiness } from '../../platform/http/operations.ts';
import { openServiceCache } from '../../platform/data/service-data.ts';
import { createQuota } from '../../platform/resilience/quota.ts';
import { shareQuota } from '../../platform/data/shared-quota.ts';
import type { ProcessTls } from '../../platform/http/process-tls.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { createBodyReader } from '../../platform/http/request-body.ts';
import { OIDC_VARIABLES } from '../../platform/http/oidc-variables.ts';
import { createKeys } from '../../platform/http/principal.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { allowOrigins } from './cors.ts';
import { createPages } from './docs/pages.ts';
import { createRateLimits } from './rate-limit.ts';
import { createRoutes } from './pipeline.ts';
import { httpUpstream } from './http-upstream.ts';
import { missingUpstream, notNeeded, type Upstream, type UpstreamName } from './upstreams.ts';

export const variables = {
  SECRET_KEY: VARIABLES.SECRET_KEY,
  /** The address that the documents of the API name; without it the one that they were asked for at. */
  PUBLIC_URL: VARIABLES.PUBLIC_URL,
  INTERNAL_SERVICE_API_KEY: VARIABLES.INTERNAL_SERVICE_API_KEY,
  ...OIDC_VARIABLES,
  EMOTION_SERVICE_URL: httpUrl(),
  TRANSACTION_SERVICE_URL: httpUrl(),
  USER_CREDIT_SERVICE_URL: httpUrl(),
  /** Without it operators are not served. */
  BACK_OFFICE_SERVICE_URL: optional(httpUrl()),
  /** Without it customers' exports are not served. */
  PRIVACY_SERVICE_URL: optional(httpUrl()),
  /** Requests worked on at once; a share of them is kept for the more important, see admission.ts. */
  IN_FLIGHT_MAX: integer(4000, 10, 100_000),
  /** Counts of the rate limits, shared by all replicas; without it each counts by itself. */
  REDIS_URL: VARIABLES.REDIS_URL,
  /** Requests and events that one customer may send a second; twice as many may come in a burst. */
  USER_QUOTA_PER_SECOND: integer(5000, 1, 1_000_000),
  /** The same for the platform's own key. */
  KEY_QUOTA_PER_SECOND: integer(200_000, 1, 1_000_000),
  /** Web pages that may call the API from a browser; none unless they are named. */
  CORS_ORIGINS: origins(),
  /** Proxies trusted to name a client's address in `X-Forwarded-For`; none by default. */
  TRUSTED_PROXIES: networks(),
};

/** Opens the gateway; upstreams that are not in this process are called over HTTP. */
export function open(
  config: ConfigOf<typeof variables>,
  { log, metrics, lifecycle, peers, tls }: Runtime,
  inProcess: Partial<Record<UpstreamName, Upstream>> = {},
): Service {
  const upstreams: Record<UpstreamName, Upstream> = {
    credit: inProcess.credit ?? httpUpstream('credit', config.USER_CREDIT_SERVICE_URL, tls),
    'emotion-ingestion':
      inProcess['emotion-ingestion'] ?? httpUpstream('emotion-ingestion', config.EMOTION_SERVICE_URL, tls),
    'transaction-ingestion':
      inProcess['transaction-ingestion'] ??
      httpUpstream('transaction-ingestion', config.TRANSACTION_SERVICE_URL, tls),
    'back-office':
      inProcess['back-office'] ?? optionalUpstream('back-office', config.BACK_OFFICE_SERVICE_URL, tls),
    privacy: inProcess.privacy ?? optionalUpstream('privacy', config.PRIVACY_SERVICE_URL, tls),
  };
  const checks = Object.fromEntries(
    Object.entries(upstreams).map(([name, upstream]) => [name, upstream.ping]),
  );
  for (const [name, upstream] of Object.entries(upstreams)) {
    lifecycle.onClose(`gateway's ${name}`, upstream.close);
  }
  const cache = openServiceCache('gateway', config, { log, metrics, lifecycle });
  const openQuota = (
    prefix: 'quota:user:' | 'quota:key:' | `quota:partner:${number}:`,
    perSecond: number,
  ) => {
    const quota = createQuota({ perSecond, burst: 2 * perSecond });
    shareQuota({ quota, prefix, cache, lifecycle });
    return quota;
  };
  const addressOf = createAddressReader({ peers, trusted: config.TRUSTED_PROXIES, log, metrics });
  const app = createRoutes({
    keys: createKeys(config),
    log,
    metrics,
    admission: createAdmission(config.IN_FLIGHT_MAX),
    rateLimits: createRateLimits({
      user: openQuota('quota:user:', config.USER_QUOTA_PER_SECOND),
      key: openQuota('quota:key:', config.KEY_QUOTA_PER_SECOND),
      partner: (perSecond) => openQuota(`quota:partner:${perSecond}:`, perSecond),
    }),
    clientAddressOf: addressOf,
    bodies: createBodyReader({ addressOf }),
    upstreams,
    endpoints: ENDPOINT_LIST.map(([, endpoint]) => endpoint),
    health: () => readiness(checks, lifecycle.signal.aborted),
    pages: createPages(packageJson.version, config.PUBLIC_URL),
  });
  const handle = allowOrigins(config.CORS_ORIGINS, (request) => app.handle(request));
  return { name: 'gateway', handle, checks };
}

/** A service that customers can do without for a while, and that an installation may not have. */
function optionalUpstream(name: UpstreamName, url: string | null, tls: ProcessTls): Upstream {
  return url === null ? missingUpstream() : notNeeded(httpUpstream(name, url, tls));
}
