import { uuidv7 } from '../core/uuid.ts';
import { ApiProblem, problemResponse } from './problems.ts';

/** Faults that requests meet before the API sees them. */
export interface Failure {
  /** How many requests; default 1. */
  times?: number | undefined;
  /** Only requests with this text in their path; default all. */
  path?: string | undefined;
  /**
   * The status of the response, `connection` for a connection that breaks before, `lost` for one that breaks
   * after the API has done its work, or `hang` for no response at all. Default 503.
   */
  with?: number | 'connection' | 'lost' | 'hang' | undefined;
  /** The problem's code. Default `overloaded`. */
  code?: string | undefined;
  /** The value of `Retry-After`. Default none. */
  retryAfterSeconds?: number | undefined;
}

/** Faults that were injected, used up one request at a time, and a switch for a whole outage. */
export function createFaultInjection() {
  let failures: (Failure & { times: number })[] = [];
  let isOffline = false;

  const next = (path: string): Failure | undefined => {
    const failure = failures.find((rule) => path.includes(rule.path ?? ''));
    if (!failure) return undefined;
    failure.times -= 1;
    failures = failures.filter(({ times }) => times > 0);
    return failure;
  };

  return {
    inject: (failure: Failure) => void failures.push({ ...failure, times: failure.times ?? 1 }),
    setOffline(offline: boolean) {
      isOffline = offline;
    },

    /** Returns the response of the request, or of the fault that it meets. */
    async apply(request: Request, serve: () => Promise<Response>): Promise<Response> {
      if (isOffline) throw new TypeError('fetch failed: the fake is offline');
      const failure = next(new URL(request.url).pathname);
      if (!failure) return serve();
      const { with: effect = 503, code = 'overloaded', retryAfterSeconds } = failure;
      if (effect === 'hang') return rejectAtAbort(request.signal);
      if (effect === 'lost') await serve();
      if (typeof effect === 'string') throw new TypeError('fetch failed: the connection broke off');
      const response = problemResponse(new ApiProblem(effect, code, 'An injected fault.'), uuidv7());
      if (retryAfterSeconds === undefined) response.headers.delete('retry-after');
      else response.headers.set('retry-after', String(retryAfterSeconds));
      return response;
    },
  };
}

function rejectAtAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
