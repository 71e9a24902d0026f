import { degrading } from '../../platform/http/operations.ts';
import { problem } from '../../platform/kernel/errors.ts';
import type { HttpService } from '../../platform/http/service.ts';
import type { ForwardedRequest } from '../../platform/http/request.ts';
import type { Endpoint } from '../../sdk/contracts/endpoint.ts';

/** A service that serves endpoints of the table. */
export type UpstreamName = Endpoint['service'];

/** A service that requests are forwarded to: by HTTP, or in the same process by a call of its endpoint. */
export interface Upstream {
  /**
   * Returns its response, with the request's id. Throws AppError 503 when there is none; its headers must
   * come within the deadline, its body may stream.
   */
  send(endpoint: Endpoint, request: ForwardedRequest, params: Record<string, string>): Promise<Response>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export function inProcessUpstream(respond: HttpService['respond']): Upstream {
  return { send: respond, ping: async () => {}, close: async () => {} };
}

/** A service that customers do not need: while it is down, the gateway stays ready. */
export function notNeeded(upstream: Upstream): Upstream {
  return { ...upstream, ping: degrading(upstream.ping) };
}

/** A service that this installation does not have. */
export function missingUpstream(): Upstream {
  const send = () => Promise.reject(problem('upstream_unavailable'));
  return { send, ping: async () => {}, close: async () => {} };
}
