import { connect } from 'node:net';
import getPort from 'get-port';

/**
 * Below the ports that systems hand out to outgoing connections, any of which could be taken a moment later.
 */
const PORTS = { lowest: 15_000, highest: 32_000 };

/**
 * A port of 127.0.0.1 that nobody uses now. Reserved in this process, since a free port is taken a little
 * later only.
 */
export function freePort(): Promise<number> {
  return getPort({ port: randomPorts(), host: '127.0.0.1', reserve: true });
}

/** Random, so that two processes seldom choose the same one. */
function* randomPorts(): Generator<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    yield PORTS.lowest + Math.floor(Math.random() * (PORTS.highest - PORTS.lowest));
  }
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
