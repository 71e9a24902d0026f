import { createAddressBook } from '../http/addresses.ts';
import { createTlsSelection } from '../http/tls.ts';
import type { HttpOptions } from '../protocol/requests.ts';
import type { SocketEvent, SocketHandle, SocketSpec } from '../protocol/sockets.ts';
import { openEventStream } from './event-stream.ts';
import type { Network } from './network.ts';
import { openWebSocket } from './web-socket.ts';

/** Connections that stay, with their metrics, on the thread that has the network. */
export interface SocketClient {
  /** Never throws: a failure is an event. The signal ends the connection without a further event. */
  open(spec: SocketSpec, onEvent: (event: SocketEvent) => void, signal: AbortSignal): SocketHandle;
}

export function createSocketClient(options: HttpOptions, emit: Network['emit']): SocketClient {
  const network: Network = {
    addresses: createAddressBook(options),
    tlsFor: createTlsSelection(options.tls),
    emit,
  };
  return {
    open(spec, onEvent, signal) {
      const listener = (event: SocketEvent) => {
        if (!signal.aborted) onEvent(event);
      };
      const open = spec.kind === 'websocket' ? openWebSocket : openEventStream;
      try {
        return open(spec, network, { listener, signal });
      } catch (error) {
        // A user that waits for an event must get one.
        listener({ kind: 'failed', status: 0, headers: {}, error: (error as Error).message });
        return { send: () => {} };
      }
    },
  };
}
