import type { Tags } from './metrics.ts';

/** A connection that stays: a WebSocket or a stream of events. Plain data that crosses threads. */
export interface SocketSpec {
  kind: 'websocket' | 'events';
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
  protocols: string[];
  /** Until the connection is open. */
  timeoutMs: number;
  tags: Tags;
}

export type SocketEvent =
  | { kind: 'open'; status: number; headers: Record<string, string>; protocol: string }
  /** No connection came about; `status` is 0 when there was no response. The last event. */
  | { kind: 'failed'; status: number; headers: Record<string, string>; error: string }
  | { kind: 'message'; data: string | ArrayBuffer }
  | { kind: 'event'; id: string; name: string; data: string }
  | { kind: 'ping' }
  | { kind: 'pong' }
  /** The connection broke, without a closing handshake. */
  | { kind: 'error'; error: string }
  /** The last event of a connection. */
  | { kind: 'close'; code: number; reason: string };

export type SocketCommand =
  | { kind: 'send'; data: string | ArrayBuffer }
  | { kind: 'ping' }
  /** With `isFinal` nothing more is expected of the other side. */
  | { kind: 'close'; code: number; reason: string; isFinal: boolean };

export interface SocketHandle {
  send(command: SocketCommand): void;
}

/** A connection on which a thread waits. */
export interface BlockingSocket extends SocketHandle {
  /** Waits for the next event; returns undefined when the time (Unix ms) is there before. */
  next(until: number): SocketEvent | undefined;
}
