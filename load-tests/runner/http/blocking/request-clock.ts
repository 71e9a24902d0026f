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
    /** The moments at which the first and the last bytes of the response had come. */
    received(firstAt: number, lastAt: number) {
      firstByteAt = Math.max(sendingAt, firstAt);
      endedAt = Math.max(firstByteAt, lastAt);
      // The thread may have been stopped in the call that sent the request, while the response came.
      if (sentAt > firstByteAt) sentAt = sendingAt;
    },
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
