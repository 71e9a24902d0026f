import { connect, createServer } from 'node:net';
import { SetupError } from '../setup-error.ts';

/**
 * Below the ports that systems hand out to outgoing connections, any of which could be taken a moment later.
 */
const PORTS = { lowest: 15_000, highest: 32_000 };

/** A port that is free now is taken a little later only: the same one must not be given to two. */
const issuedPorts = new Set<number>();

/** A port of 127.0.0.1 that nobody uses now, and that this process has not given to anybody before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = PORTS.lowest + Math.floor(Math.random() * (PORTS.highest - PORTS.lowest));
    if (issuedPorts.has(port)) continue;
    issuedPorts.add(port);
    if (await canListen(port)) return port;
  }
  throw new SetupError(`no free port between ${PORTS.lowest} and ${PORTS.highest}`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
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
