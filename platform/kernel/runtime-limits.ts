import { openFilesMax } from './open-files.ts';

/** How much of runtime and system a process takes at its peak, by the bounds of its configuration. */
interface Needs {
  /** Requests to other services, for which the runtime's `fetch` has one pool. */
  fetches: number;
  /** Open files: connections of clients and to services, engines, logs. */
  files: number;
}

/** The runtime's own, where its variable is not set. */
const FETCHES_DEFAULT = 256;

/** In bytes. The runtime reads no units: `256MiB` would be 256 bytes. */
const MEASURE_MIN = 16 * 2 ** 20;

/**
 * Returns a sentence for each limit of the runtime or the system that is below a limit of ours: beyond it
 * requests would wait or fail, and nothing would say why.
 */
export function limitsBelow(needs: Needs, env: Record<string, string | undefined>): string[] {
  const fetches = Number(env.BUN_CONFIG_MAX_HTTP_REQUESTS ?? FETCHES_DEFAULT);
  // The runtime raises the soft limit to the hard one.
  const files = openFilesMax('hard');
  const sentences: string[] = [];
  const { BUN_JSC_forceRAMSize: measure } = env;
  if (measure !== undefined && !(Number(measure) >= MEASURE_MIN)) {
    sentences.push(
      `BUN_JSC_forceRAMSize is ${measure}: set it to bytes, like 268435456, or garbage is always collected`,
    );
  }
  if (fetches < needs.fetches) {
    sentences.push(
      `BUN_CONFIG_MAX_HTTP_REQUESTS is ${fetches}: set it to ${needs.fetches}, or requests wait for others`,
    );
  }
  if (files < needs.files) {
    sentences.push(
      `${files} files may be open: raise it to ${needs.files} (ulimit -n), or connections are refused`,
    );
  }
  return sentences;
}

/** Returns the peak needs of this process, by its configuration. */
export function needsOf(config: Record<string, unknown>): Needs {
  const numberOf = (name: string) => (typeof config[name] === 'number' ? config[name] : 0);
  const inFlight = numberOf('IN_FLIGHT_MAX');
  const streams = numberOf('NOTIFICATION_STREAMS_MAX') || (inFlight > 0 ? STREAMS_THROUGH_GATEWAY : 0);
  // A gateway has a connection to the client and one to the service for each.
  return { fetches: inFlight, files: 2 * (inFlight + streams) + FILES_OF_A_PROCESS };
}

/** The default of NOTIFICATION_STREAMS_MAX, which a service behind the gateway holds open. */
const STREAMS_THROUGH_GATEWAY = 5000;
const FILES_OF_A_PROCESS = 200;
