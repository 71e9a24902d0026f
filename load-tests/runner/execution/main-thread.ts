import { createHttpClient, type HttpClient } from '../http/http-client.ts';
import type { GeneratorMonitor } from '../metrics/generator.ts';
import type { Sample } from '../protocol/metrics.ts';
import type { HttpOptions } from '../protocol/requests.ts';
import { createSocketClient, type SocketClient } from '../sockets/socket-client.ts';
import type { MainThread } from '../script/user.ts';
import type { RunRequest } from './context.ts';

/** The parts of the main thread that exist only once the script's options were read. */
export interface Wiring {
  emit(sample: Sample): void;
  http?: HttpClient;
  sockets?: SocketClient;
  addLoopLag?(ms: number): void;
  /** The reason of `exec.test.fail()`. */
  failure?: string;
}

interface NetworkParts {
  http: HttpOptions;
  generator: GeneratorMonitor;
  log: RunRequest['log'];
}

/** Adds the network as the options want it, which counts its requests. */
export function connectNetwork(wiring: Wiring, { http, generator, log }: NetworkParts): void {
  const emit = (sample: Sample) => {
    if (sample.metric === 'http_reqs') generator.countFetch();
    wiring.emit(sample);
  };
  wiring.addLoopLag = generator.addLoopLag;
  wiring.http = createHttpClient(http, { emit, log });
  wiring.sockets = createSocketClient(http, (sample) => wiring.emit(sample));
}

export function createMainThread(wiring: Wiring, log: RunRequest['log']): MainThread {
  return {
    http: () => {
      if (!wiring.http) throw new Error('no network before the test has begun');
      return wiring.http;
    },
    sockets: () => {
      if (!wiring.sockets) throw new Error('no network before the test has begun');
      return wiring.sockets;
    },
    batchLimits: { batch: 20, batchPerHost: 6 },
    emit: (sample) => wiring.emit(sample),
    declare: () => {},
    addLoopLag: (ms) => wiring.addLoopLag?.(ms),
    log,
    markFailed: (reason) => {
      wiring.failure = reason;
      log('error', `test marked as failed: ${reason}`);
    },
  };
}
