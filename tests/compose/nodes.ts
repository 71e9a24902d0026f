import { EcsClient } from '../../sdk/index.ts';
import type { Compose } from './compose.ts';
import { addPerson } from './erasure.ts';
import type { Traffic } from './traffic.ts';
import { until } from './until.ts';

const ATTEMPT_MS = 5000;
const PAUSE_MS = 100;

/** Kills a broker's node, and starts it again after a while; `kinds` are of all refusals so far. */
export async function killBroker(compose: Compose, traffic: Traffic, service: string) {
  const before = traffic.counts();
  traffic.longestGap();
  await forEachContainer(compose, service, (name) => compose.docker('kill', name));
  // Longer than the election of new leaders takes.
  await Bun.sleep(10_000);
  await forEachContainer(compose, service, (name) => compose.docker('start', name));
  await compose.untilHealthy();
  const after = traffic.counts();
  const gapMs = traffic.longestGap();
  const refused = after.failures - before.failures;
  const kinds = JSON.stringify(after.refused);
  return { sentCount: after.sent - before.sent, refused, kinds, gapMs };
}

/**
 * Kills the primary's container while a customer asks for analyses, and starts it again only when they are
 * back. `backMs` is the longest time between two of them, `rejoinMs` null when it did not come back.
 */
export async function killPrimary(compose: Compose, url: string) {
  const primary = await primaryOf(compose);
  const { id, email, password } = await addPerson(compose, url);
  const { access_token: token } = await new EcsClient({ baseUrl: url }).auth.login({ email, password });
  const post = async (path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = {
      method: 'POST',
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(ATTEMPT_MS),
    };
    const response = await fetch(url + path, init);
    return response.ok ? ((await response.json()) as { analysis_id?: string }) : null;
  };
  const analysisIds = new Set<string>();
  let lastMs = performance.now();
  let backMs = 0;
  const over = new AbortController();
  const analyzing = (async () => {
    for (; !over.signal.aborted; await Bun.sleep(PAUSE_MS)) {
      // New facts, or the same analysis would be returned for five minutes.
      await post('/v1/transactions', { userId: id, amount: 1.5 }).catch(() => null);
      const analysis = await post(`/v1/users/${id}/credit-analysis`).catch(() => null);
      if (!analysis?.analysis_id) continue;
      analysisIds.add(analysis.analysis_id);
      backMs = Math.max(backMs, performance.now() - lastMs);
      lastMs = performance.now();
    }
  })();
  await until(async () => analysisIds.size > 0);
  await forEachContainer(compose, primary, (name) => compose.docker('kill', name));
  const survivor = primary === 'postgres' ? 'postgres-2' : 'postgres';
  await until(async () => (await roleOf(compose, survivor)) === 'primary');
  const count = analysisIds.size;
  await until(async () => analysisIds.size > count);
  const startedMs = performance.now();
  await forEachContainer(compose, primary, (name) => compose.docker('start', name));
  const isBack = await until(async () => (await roleOf(compose, primary)) === 'sync_standby');
  const rejoinMs = isBack ? Math.round(performance.now() - startedMs) : null;
  over.abort();
  await analyzing;
  const ids = [...analysisIds].map((analysisId) => `'${analysisId}'`).join(',');
  const stored = Number(await compose.sql(`select count(*) from credit_analyses where id in (${ids})`));
  const successor = await primaryOf(compose);
  return { primary, successor, backMs: Math.round(backMs), rejoinMs, lostCount: analysisIds.size - stored };
}

async function primaryOf(compose: Compose): Promise<string> {
  const roles = await Promise.all(['postgres', 'postgres-2'].map((service) => roleOf(compose, service)));
  return roles[0] === 'primary' ? 'postgres' : 'postgres-2';
}

/** As its Patroni says; null while it does not respond. */
async function roleOf(compose: Compose, service: string): Promise<string | null> {
  const asks = ['primary', 'sync'].map((role) =>
    compose.succeeds('exec', '-T', service, 'python3', '-c', ASK, role),
  );
  const [isPrimary, isSynchronous] = await Promise.all(asks);
  if (isPrimary) return 'primary';
  return isSynchronous ? 'sync_standby' : null;
}

/** Patroni's paths of roles are 200 on a server of that role, and 503 on others. */
const ASK =
  "import sys, urllib.request as web; web.urlopen('http://127.0.0.1:8008/' + sys.argv[1], timeout=2)";

async function forEachContainer(
  compose: Compose,
  service: string,
  work: (name: string) => Promise<unknown>,
): Promise<void> {
  for (const { name } of await compose.containers(service)) await work(name);
}
