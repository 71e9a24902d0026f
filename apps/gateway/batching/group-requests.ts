import type { ForwardedRequest } from '../../../platform/http/request.ts';
import { GROUP } from '../../../platform/http/request-group.ts';
import type { Endpoint } from '../../../sdk/contracts/endpoint.ts';

export interface UpstreamRequest {
  endpoint: Endpoint;
  request: ForwardedRequest;
}

type Waiting = UpstreamRequest & { resolve: (response: Promise<Response>) => void };

/** Half of a group may be bodies; the other half is for their heads. */
const BODY_BYTES_MAX = GROUP.bytesMax / 2;

/**
 * Forwards requests of one turn of the event loop together. Nothing waits for a timer, nor for another
 * response: an idle gateway sends a request at once, alone, a busy one some dozens at a time.
 */
export function createGrouping(send: {
  alone(entry: UpstreamRequest): Promise<Response>;
  /** Returns a response for each, in their order. */
  together(group: UpstreamRequest[]): Promise<Response>[];
}): (entry: UpstreamRequest) => Promise<Response> {
  let queue: Waiting[] = [];

  const takeGroup = (): Waiting[] => {
    let count = 0;
    let bytes = 0;
    for (const { request } of queue) {
      bytes += request.body?.byteLength ?? 0;
      if (count > 0 && (count === GROUP.requestsMax || bytes > BODY_BYTES_MAX)) break;
      count += 1;
    }
    const group = queue.slice(0, count);
    queue = queue.slice(count);
    return group;
  };

  const sendAll = () => {
    while (queue.length > 0) {
      const group = takeGroup();
      const [first] = group;
      const responses = first && group.length === 1 ? [send.alone(first)] : send.together(group);
      for (const [at, response] of responses.entries()) group[at]?.resolve(response);
    }
  };

  return (entry) =>
    new Promise((resolve) => {
      queue.push({ ...entry, resolve });
      if (queue.length === 1) setImmediate(sendAll);
    });
}
