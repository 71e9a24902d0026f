import type { HttpOptions, RequestSpec, ResponseData } from '../protocol/requests.ts';
import type { HttpClient } from './http-client.ts';

/** At most `batch` requests at a time, and `batchPerHost` to each host; as in k6, 0 is no limit. */
export type BatchLimits = Pick<HttpOptions, 'batch' | 'batchPerHost'>;

/** Sends all requests within the limits. Returns the responses in the order of the requests. */
export async function sendBatch(
  http: HttpClient,
  specs: RequestSpec[],
  limits: BatchLimits,
  signal: AbortSignal,
): Promise<ResponseData[]> {
  const queue = specs.map((spec, index) => ({ spec, index, host: hostOf(spec.url) }));
  const responses: ResponseData[] = [];
  const inFlight = new Map<string, number>();
  const [inAll, perHost] = [boundOf(limits.batch), boundOf(limits.batchPerHost)];
  const runLane = async (): Promise<void> => {
    for (;;) {
      const at = queue.findIndex(({ host }) => (inFlight.get(host) ?? 0) < perHost);
      const [next] = at === -1 ? [] : queue.splice(at, 1);
      if (!next) return;
      inFlight.set(next.host, (inFlight.get(next.host) ?? 0) + 1);
      responses[next.index] = await http.send(next.spec, signal);
      inFlight.set(next.host, (inFlight.get(next.host) ?? 1) - 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(inAll, specs.length) }, runLane));
  return responses;
}

const boundOf = (limit: number): number => (limit > 0 ? limit : Number.POSITIVE_INFINITY);

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
