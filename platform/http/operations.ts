import type { Health } from '../../sdk/contracts/health.ts';
import type { Protection } from '../addresses/protection.ts';
import type { HttpService } from './service.ts';
import { DegradedError, reasonOf } from '../kernel/errors.ts';
import { withDeadline } from '../kernel/lifecycle.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { monotonicMs } from '../kernel/monotonic-ms.ts';

/**
 * A service as its process sees it. No service knows whether it shares its process: the process opens the
 * listener for `handle`, asks `checks` for readiness and `status` for the operator's view.
 */
export interface Service {
  name: string;
  handle?: (request: Request) => Response | Promise<Response>;
  /** The same for a gateway in this process, which forwards requests that it has read. */
  respond?: HttpService['respond'];
  /** Each dependency by name; throws when it is down. */
  checks: Record<string, () => Promise<void>>;
  status?: () => Promise<Record<string, unknown>>;
}

/** A check of what the service can do without. */
export function degrading(check: () => Promise<void>): () => Promise<void> {
  return () =>
    check().catch((error: unknown) => {
      throw new DegradedError(reasonOf(error));
    });
}

const CHECK_MS = 1500;
const CHECK_METRIC = 'ecs_check_up';

/** The private side of a process: probes, metrics and the operator's view. Never reachable from outside. */
export function createOperations(options: {
  services: Service[];
  metrics: Metrics;
  signal: AbortSignal;
  /** Of each variable with an address. */
  protections: Record<string, Protection>;
}): (request: Request) => Promise<Response> {
  const { services, metrics, signal, protections } = options;
  const checks = Object.assign({}, ...services.map((service) => service.checks)) as Service['checks'];
  const startedMs = monotonicMs();
  metrics.beforeScrape(async () => {
    await Promise.all(services.map((service) => reportChecks(metrics, service)));
  }, [CHECK_METRIC]);

  const statusOf = async (service: Service, isBrief: boolean): Promise<Record<string, unknown>> => {
    const health = await readiness(service.checks, signal.aborted);
    if (isBrief) return { name: service.name, ...health };
    const details = await withDeadline(
      service.status?.() ?? Promise.resolve({}),
      CHECK_MS,
      'no response',
    ).catch(() => ({}));
    return { name: service.name, ...health, ...details };
  };

  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    switch (pathname) {
      case '/livez':
        return Response.json({ status: 'ok' });
      case '/healthz':
      case '/readyz':
        return healthResponse(await readiness(checks, signal.aborted));
      case '/metrics':
        return new Response(await metrics.scrape(namesIn(searchParams)), {
          headers: { 'content-type': metrics.contentType },
        });
      case '/statusz':
        return Response.json({
          name: services.length === 1 ? services[0]?.name : 'all',
          targets: services.map((service) => service.name),
          pid: process.pid,
          uptimeSeconds: Math.round((monotonicMs() - startedMs) / 1000),
          protections,
          parts: await Promise.all(
            services.map((service) => statusOf(service, searchParams.get('details') === 'none')),
          ),
        });
      default:
        return new Response('not found\n', { status: 404 });
    }
  };
}

/** Returns the metrics named by `name[]`, as exporters of Prometheus take it; undefined for all. */
function namesIn(query: URLSearchParams): string[] | undefined {
  const names = query.getAll('name[]');
  return names.length === 0 ? undefined : names;
}

/** Asks every dependency at once; ready when all are up and the process is not draining. */
export async function readiness(checks: Service['checks'], draining: boolean): Promise<Health> {
  const results = await Promise.all(Object.values(checks).map(runCheck));
  const dependencies = Object.fromEntries(
    Object.keys(checks).map((name, index) => [name, results[index]?.state ?? 'down']),
  );
  const up = results.every(({ level }) => level > 0);
  return {
    status: draining ? 'draining' : up ? 'ok' : 'unavailable',
    dependencies,
  };
}

/** Returns the state in words, and as the gauge has it. */
async function runCheck(check: () => Promise<void>): Promise<{ state: string; level: 0 | 0.5 | 1 }> {
  try {
    await withDeadline(check(), CHECK_MS, 'no response in time');
    return { state: 'up', level: 1 };
  } catch (error) {
    return { state: reasonOf(error), level: error instanceof DegradedError ? 0.5 : 0 };
  }
}

/** A scrape waits less long than a check may take: the next scrape sees one that missed its deadline. */
async function reportChecks(metrics: Metrics, { name: part, checks }: Service): Promise<void> {
  await Promise.all(
    Object.entries(checks).map(async ([check, run]) => {
      metrics.up.set({ part, check }, (await runCheck(run)).level);
    }),
  );
}

export function healthResponse(health: Health): Response {
  return Response.json(health, {
    status: health.status === 'ok' ? 200 : 503,
    headers: {
      'cache-control': 'no-store',
      ...(health.status === 'ok' ? {} : { 'retry-after': '1' }),
    },
  });
}
