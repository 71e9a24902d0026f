import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { BatchResult, Delivery } from '../protocol/messages.ts';
import type { SocketEvent } from '../protocol/sockets.ts';
import { SIGNAL } from './signal.ts';

/** The port of a thread that blocks: responses to its requests, addresses, and events of its connections. */
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
  /** What nobody waits for any more, as the response to an interrupted request, is dropped. */
  const awaitDelivery = <T>(pick: (delivery: Delivery) => T | undefined, until: number): T | undefined => {
    for (;;) {
      const delivery = receive(until);
      if (!delivery) return undefined;
      if ('socket' in delivery) keep(delivery);
      const picked = pick(delivery);
      if (picked !== undefined) return picked;
    }
  };
  return {
    awaitResult(): BatchResult {
      const pick = (delivery: Delivery) =>
        'responses' in delivery || 'error' in delivery ? delivery : undefined;
      return awaitDelivery(pick, Infinity)!;
    },
    awaitEvent(socket: number, until: number): SocketEvent | undefined {
      const next = () => events.get(socket)?.shift();
      return next() ?? awaitDelivery(next, until);
    },
    /** Returns undefined when the time (Unix ms) is there before. */
    awaitAddresses(name: string, until: number): string[] | undefined {
      const pick = (delivery: Delivery) =>
        'addresses' in delivery && delivery.name === name ? delivery.addresses : undefined;
      return awaitDelivery(pick, until);
    },
  };
}
