import { NO_TIMINGS, type Timings } from '../../protocol/requests.ts';

export const startClock = () => new RequestClock();

/** Takes the times of a request around the system's calls. */
export class RequestClock {
  #startedAt = performance.now();
  #connectingAt = 0;
  #connectedAt = 0;
  #sendingAt = 0;
  #sentAt = 0;
  #firstByteAt = 0;
  #endedAt = 0;
  #address = '';

  connecting(): void {
    this.#connectingAt = performance.now();
  }

  connected(): void {
    this.#connectedAt = performance.now();
  }

  sending(to: string): void {
    this.#sendingAt = performance.now();
    this.#address = to;
  }

  /** The address of the connection; empty without one. */
  connectedTo(): string {
    return this.#address;
  }

  sent(): void {
    this.#sentAt = performance.now();
  }

  /** Takes the moment at which the first byte of the response had come. */
  responding(at: number): void {
    this.#firstByteAt = Math.max(this.#sendingAt, at);
    // The thread may have been stopped in the call that sent the request, while the response came.
    if (this.#sentAt > this.#firstByteAt) this.#sentAt = this.#sendingAt;
  }

  /** Takes the moment at which its last byte had come. */
  received(at: number): void {
    this.#endedAt = Math.max(this.#firstByteAt, at);
  }

  /** As k6's, they are 0 for a request that got no connection: its duration is that of an exchange. */
  timings(): Timings {
    const sendingAt = this.#sendingAt;
    if (sendingAt === 0) return { ...NO_TIMINGS };
    const end = this.#endedAt || performance.now();
    const sendingEnd = this.#sentAt || sendingAt;
    const firstByte = this.#firstByteAt || end;
    return {
      blocked: sendingAt - this.#startedAt,
      looking_up: 0,
      connecting: this.#connectingAt === 0 ? 0 : this.#connectedAt - this.#connectingAt,
      tls_handshaking: 0,
      sending: sendingEnd - sendingAt,
      waiting: firstByte - sendingEnd,
      receiving: end - firstByte,
      duration: end - sendingAt,
    };
  }
}
