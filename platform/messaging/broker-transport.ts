import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type ConnectionOptions, type NatsConnection, NatsError } from 'nats';
import { NatsConnectionImpl, setTransportFactory } from 'nats/lib/nats-base-client/internal_mod.js';
import { nodeResolveHost, NodeTransport } from 'nats/lib/src/node_transport.js';
import { pause, withDeadline } from '../kernel/lifecycle.ts';

/** Of a nameserver, which may never respond about a node that died. */
const NAME_MS = 300;
/** Of the kernel of a machine that is there, however busy its processes are. */
const REACH_MS = 300;
/** Nobody changes a password sooner. */
const REFUSED_MS = 1000;

type Address = Parameters<NodeTransport['dial']>[0];

/**
 * Connects as the NATS client does, and reconnects sooner when a node died with its machine, which refuses
 * nothing: to the other servers first, and without waiting for one that does not respond. Calls back with the
 * error of each attempt to reconnect that fails, which the client keeps to itself.
 */
export async function connectBroker(
  options: ConnectionOptions,
  onFailure: (error: Error) => void = () => {},
): Promise<NatsConnection> {
  setTransportFactory({ factory: () => new BrokerTransport(), dnsResolveFn: addressesOf });
  const connection = await NatsConnectionImpl.connect(options);
  const { protocol } = connection as NatsConnectionImpl;
  const { servers } = protocol;
  // The client forgets a server that its first connection did not find, or that refused it.
  const addresses = servers.getServers().map(({ listen }) => listen);
  for (const server of [options.servers ?? []].flat())
    if (!addresses.includes(server)) servers.addServer(server);
  // The server of the first connection would be dialed again before any other.
  if (servers.next() === servers.getCurrentServer()) servers.selectServer();
  const dial = protocol.dial.bind(protocol);
  protocol.dial = async (server) => {
    try {
      await dial(server);
    } catch (error) {
      onFailure(error as Error);
      if (error instanceof NatsError && error.isAuthError()) await pause(REFUSED_MS);
      throw error;
    }
  };
  return connection;
}

/**
 * Closes a connection that came too late. The client would keep it: a dead node that is back takes the
 * connection after all and ends it, and the client drops the one that works.
 */
class BrokerTransport extends NodeTransport {
  override dial(address: Address): Promise<Socket> {
    return inTime(super.dial(address), REACH_MS);
  }

  override tlsFirst(address: Address): Promise<TLSSocket> {
    return inTime(super.tlsFirst(address), this.options.timeout ?? REACH_MS);
  }

  override close(error?: Error): Promise<void> {
    if (!this.connected) this.socket?.destroy();
    return super.close(error);
  }
}

async function inTime<Opened extends Socket>(opening: Promise<Opened>, deadlineMs: number): Promise<Opened> {
  try {
    return await withDeadline(opening, deadlineMs, 'the server is not reached');
  } catch (error) {
    void opening.then(
      (socket) => socket.destroy(),
      () => {},
    );
    throw error;
  }
}

function addressesOf(host: string): Promise<string[]> {
  return Promise.race([nodeResolveHost(host), pause(NAME_MS).then(() => [host])]);
}
