import { connect } from 'node:net';

export const MIB = 1024 * 1024;

/** Commands of 100 MiB, by the lengths of their texts. */
export const LARGE_COMMANDS: [string, number[]][] = [
  ['one text', [100 * MIB]],
  ['many texts', Array.from({ length: 100 }, () => MIB)],
];

/** Sends a ping with such texts to Redis or a sentinel; resolves with what becomes of the connection. */
export function sendLargeCommand(
  port: number,
  lengths: number[],
  before = 'PING',
): Promise<'cut off' | 'a response'> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (outcome: 'cut off' | 'a response') => {
      resolve(outcome);
      socket.destroy();
    };
    socket.on('error', () => end('cut off'));
    socket.on('close', () => end('cut off'));
    socket.on('data', (bytes) => /xxx|wrong number/.test(bytes.toString()) && end('a response'));
    socket.write(`${before}\r\n*${lengths.length + 1}\r\n$4\r\nPING\r\n`);
    for (const length of lengths) {
      socket.write(`$${length}\r\n`);
      for (let sent = 0; sent < length; sent += MIB) socket.write('x'.repeat(MIB));
      socket.write('\r\n');
    }
  });
}
