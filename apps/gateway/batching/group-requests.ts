import type { ForwardedRequest } from '../../../platform/http/request.ts';
import { GROUP } from '../../../platform/http/request-group.ts';
import type { Endpoint } from '../../../sdk/contracts/endpoints.ts';

export interface Asked {
  endpoint: Endpoint;
  request: ForwardedRequest;
}

type Waiting = Asked & { settle: (answer: Promise<Response>) => void };

/** Half of a group may be bodies; the other half is for their heads. */
const BODY_BYTES_MAX = GROUP.bytesMax / 2;

/**
 * What arrives in one turn of the event loop goes on together. Nothing waits for a timer, nor for another's
 * answer: an idle gateway sends a request at once, alone, a busy one some dozens at a time.
 */
export function createGrouping(send: {
  alone(asked: Asked): Promise<Response>;
  /** An answer for each, in their order. */
  together(group: Asked[]): Promise<Response>[];
}): (asked: Asked) => Promise<Response> {
  let waiting: Waiting[] = [];

  const takeGroup = (): Waiting[] => {
    let count = 0;
    let bytes = 0;
    for (const { request } of waiting) {
      bytes += request.body?.byteLength ?? 0;
      if (count > 0 && (count === GROUP.requestsMax || bytes > BODY_BYTES_MAX)) break;
      count += 1;
    }
    const group = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return group;
  };

  const sendAll = () => {
    while (waiting.length > 0) {
      const group = takeGroup();
      const [first] = group;
      const answers = first && group.length === 1 ? [send.alone(first)] : send.together(group);
      for (const [at, answer] of answers.entries()) group[at]?.settle(answer);
    }
  };

  return (asked) =>
    new Promise((settle) => {
      waiting.push({ ...asked, settle });
      if (waiting.length === 1) setImmediate(sendAll);
    });
}
