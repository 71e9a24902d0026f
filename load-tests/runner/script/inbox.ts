import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { BatchResult, Delivery } from '../protocol/messages.ts';
import type { SocketEvent } from '../protocol/sockets.ts';
import { SIGNAL } from './signal.ts';

/** The port of a thread that blocks: responses to its requests, and events of its connections. */
export function createInbox(port: MessagePort, flags: Int32Array, leaveWhenInterrupted: () => void) {
  const events = new Map<number, SocketEvent[]>();
  /** Returns the next delivery; undefined when the time (Unix ms) is there before. */
  const receive = (until: number): Delivery | undefined => {
    for (;;) {
      // Read before the port, so that a delivery in between is not waited for.
      const count = Atomics.load(flags, SIGNAL.responses);
      const received = receiveMessageOnPort(port);
      if (received) return received.message as Delivery;
      leaveWhenInterrupted();
      const restMs = until - (performance.timeOrigin + performance.now());
      if (restMs <= 0) return undefined;
      Atomics.wait(flags, SIGNAL.responses, count, restMs);
    }
  };
  const keep = ({ socket, event }: Extract<Delivery, { socket: number }>) => {
    events.set(socket, [...(events.get(socket) ?? []), event]);
  };
  return {
    awaitResult(): BatchResult {
      for (;;) {
        const delivery = receive(Infinity);
        if (delivery && !('socket' in delivery)) return delivery;
        if (delivery) keep(delivery);
      }
    },
    awaitEvent(socket: number, until: number): SocketEvent | undefined {
      for (;;) {
        const event = events.get(socket)?.shift();
        if (event) return event;
        const delivery = receive(until);
        if (!delivery) return undefined;
        // A response belongs to a request that was interrupted.
        if ('socket' in delivery) keep(delivery);
      }
    },
  };
}
