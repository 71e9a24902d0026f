import { NO_TIMINGS, type Timings } from '../../protocol/requests.ts';

export type RequestClock = ReturnType<typeof startClock>;

/** Takes the times of a request around the system's calls. */
export function startClock() {
  const startedAt = performance.now();
  let [connectingAt, connectedAt, sendingAt, sentAt, firstByteAt, endedAt] = [0, 0, 0, 0, 0, 0];
  let address = '';
  return {
    connecting: () => void (connectingAt = performance.now()),
    connected: () => void (connectedAt = performance.now()),
    sending(to: string) {
      sendingAt = performance.now();
      address = to;
    },
    /** The address of the connection; empty without one. */
    connectedTo: () => address,
    sent: () => void (sentAt = performance.now()),
    /** Takes the moment at which the first byte of the response had come. */
    responding(at: number) {
      firstByteAt = Math.max(sendingAt, at);
      // The thread may have been stopped in the call that sent the request, while the response came.
      if (sentAt > firstByteAt) sentAt = sendingAt;
    },
    /** Takes the moment at which its last byte had come. */
    received: (at: number) => void (endedAt = Math.max(firstByteAt, at)),
    /** As k6's, they are 0 for a request that got no connection: its duration is that of an exchange. */
    timings(): Timings {
      if (sendingAt === 0) return { ...NO_TIMINGS };
      const end = endedAt || performance.now();
      const sendingEnd = sentAt || sendingAt;
      const firstByte = firstByteAt || end;
      return {
        blocked: sendingAt - startedAt,
        looking_up: 0,
        connecting: connectingAt === 0 ? 0 : connectedAt - connectingAt,
        tls_handshaking: 0,
        sending: sendingEnd - sendingAt,
        waiting: firstByte - sendingEnd,
        receiving: end - firstByte,
        duration: end - sendingAt,
      };
    },
  };
}
