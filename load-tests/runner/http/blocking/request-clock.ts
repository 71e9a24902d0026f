import type { Timings } from '../../protocol/requests.ts';

export type RequestClock = ReturnType<typeof startClock>;

/** Takes the times of a request around the system's calls. */
export function startClock() {
  const startedAt = performance.now();
  let [connectingAt, connectedAt, sendingAt, sentAt, firstByteAt, endedAt] = [0, 0, 0, 0, 0, 0];
  return {
    connecting: () => void (connectingAt = performance.now()),
    connected: () => void (connectedAt = performance.now()),
    sending: () => void (sendingAt = performance.now()),
    sent: () => void (sentAt = performance.now()),
    /** The moments at which the first and the last bytes of the response had come. */
    received(firstAt: number, lastAt: number) {
      firstByteAt = Math.max(sendingAt, firstAt);
      endedAt = Math.max(firstByteAt, lastAt);
      // The thread may have been stopped in the call that sent the request, while the response came.
      if (sentAt > firstByteAt) sentAt = sendingAt;
    },
    /** Of a request that failed, all the time until now is its own. */
    timings(): Timings {
      const end = endedAt || performance.now();
      const begin = sendingAt || startedAt;
      const sendingEnd = sentAt || begin;
      const firstByte = firstByteAt || end;
      return {
        blocked: begin - startedAt,
        looking_up: 0,
        connecting: connectingAt === 0 ? 0 : (connectedAt || end) - connectingAt,
        tls_handshaking: 0,
        sending: sendingEnd - begin,
        waiting: firstByte - sendingEnd,
        receiving: end - firstByte,
        duration: end - begin,
      };
    },
  };
}
