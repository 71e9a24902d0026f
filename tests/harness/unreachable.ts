import { dlopen, ptr } from 'bun:ffi';
import { createConnection } from 'node:net';
import { freePort } from '../../deploy/local/processes/ports.ts';

const AF_INET = 2;
const SOCK_STREAM = 1;
const LOOPBACK = [127, 0, 0, 1];

/**
 * Returns a port whose packets get no response, like those to a machine that is gone: nobody takes the
 * connections, and there is room for one that waits.
 */
export async function openUnreachable(): Promise<{ port: number; close(): void }> {
  const { symbols: libc } = dlopen('libc.so.6', {
    socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
    bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
    listen: { args: ['i32', 'i32'], returns: 'i32' },
    close: { args: ['i32'], returns: 'i32' },
  });
  const port = await freePort();
  const address = new DataView(new ArrayBuffer(16));
  address.setUint16(0, AF_INET, true);
  address.setUint16(2, port);
  for (const [at, byte] of LOOPBACK.entries()) address.setUint8(4 + at, byte);
  const descriptor = libc.socket(AF_INET, SOCK_STREAM, 0);
  if (libc.bind(descriptor, ptr(address.buffer), 16) < 0 || libc.listen(descriptor, 0) < 0)
    throw new Error(`cannot listen on port ${port}`);
  const waiting = createConnection(port, '127.0.0.1');
  await new Promise((resolve) => waiting.once('connect', resolve));
  return {
    port,
    close() {
      waiting.destroy();
      libc.close(descriptor);
    },
  };
}
