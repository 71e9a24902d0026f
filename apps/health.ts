import { askedHost, readHost } from '../platform/addresses/host.ts';

/**
 * `bun apps/health.ts`: the health check of the image, every few seconds in each container, so it loads
 * nothing else. Ends with 0 when the process that listens on HOST and OPS_PORT is ready, also with degraded
 * dependencies; else with 1 and the words of its readiness, or the failure to reach it.
 */
const { HOST = '127.0.0.1', OPS_PORT = '9464' } = process.env;
const RESPONSE_MS = 4000;

try {
  const url = `http://${askedHost(readHost(HOST))}:${OPS_PORT}/readyz`;
  const response = await fetch(url, { signal: AbortSignal.timeout(RESPONSE_MS) });
  if (!response.ok) {
    console.error(await response.text());
    process.exit(1);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
