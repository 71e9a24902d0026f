import { connect, createServer, type AddressInfo } from 'node:net';

/** A proxy of a port of 127.0.0.1 that records the bytes that clients sent. */
export interface Recorder {
  port: number;
  bytesSent(): string;
  close(): void;
}

export async function openRecorder(upstreamPort: number): Promise<Recorder> {
  const chunks: Buffer[] = [];
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: upstreamPort });
    client.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => client.write(chunk));
    for (const [source, sink] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      source.on('error', () => sink.destroy());
      source.on('close', () => sink.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    bytesSent: () => Buffer.concat(chunks).toString('latin1'),
    close: () => void server.close(),
  };
}
