import { createSocket, type Socket } from 'node:dgram';
import { connect } from 'node:net';
import getPort from 'get-port';

/**
 * Below the ports that systems hand out to outgoing connections, any of which could be taken a moment later.
 */
const PORTS = { lowest: 15_000, highest: 32_000 };

/**
 * Returns a port of 127.0.0.1 that nobody uses, and keeps it for this process and its children until this
 * process ends: a server listens on it later, and again when it is restarted.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = PORTS.lowest + Math.floor(Math.random() * (PORTS.highest - PORTS.lowest));
    const claim = await claimPort(port);
    if (!claim) continue;
    if ((await getPort({ port, host: '127.0.0.1' })) === port) return port;
    claim.close();
  }
  throw new Error(`no free port between ${PORTS.lowest} and ${PORTS.highest} of 127.0.0.1`);
}

/**
 * Claims a port by a socket on the UDP port of the same number; returns null where another process has it.
 * The kernel gives it to one of those that choose at the same moment, and takes it back when that one ends.
 */
function claimPort(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(null);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.unref();
      resolve(socket);
    });
  });
}

export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(500, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
