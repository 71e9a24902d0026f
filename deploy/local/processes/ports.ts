import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import getPort from 'get-port';

/**
 * Below the ports that systems hand out to outgoing connections, any of which could be taken a moment later.
 */
const PORTS = { lowest: 15_000, highest: 32_000 };

/**
 * A port of 127.0.0.1 that nobody uses, kept for this process and its children until this process ends: a
 * server listens on it a little later only, and again when it is restarted.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = PORTS.lowest + Math.floor(Math.random() * (PORTS.highest - PORTS.lowest));
    if (!(await keepForUs(port))) continue;
    const free = await getPort({ port, host: '127.0.0.1' });
    if (free === port) return port;
  }
  throw new Error(`no free port between ${PORTS.lowest} and ${PORTS.highest} of 127.0.0.1`);
}

/**
 * Holds the UDP port of the same number, by which processes that choose ports at the same moment never agree
 * on one: the kernel gives it to one of them, and takes it back at the end of that process.
 */
function keepForUs(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.unref();
      resolve(true);
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
