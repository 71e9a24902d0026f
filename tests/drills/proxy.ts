import type { Socket } from 'bun';

/** A TCP proxy that passes everything on until it is to cut. */
export interface Proxy {
  port: number;
  /**
   * Resets the connections that are selected by the first bytes of their near end, in both directions, with
   * their unsent bytes; returns their number.
   */
  cut(isChosen: (greeting: string) => boolean): number;
  /** Ends connections as soon as their greeting is one of these, from now on; null for none. */
  refuse(isRefused: ((greeting: string) => boolean) | null): void;
  close(): void;
}

/** One end of a connection, and the bytes that it has not taken yet. */
interface End {
  other?: Socket<End>;
  unsent: Buffer;
  /** The first bytes of the near end; null at the far end. */
  greeting: string | null;
}

const GREETING_LENGTH = 4096;

const NOTHING = Buffer.alloc(0);

export function openProxy(hostname: string, port: number): Proxy {
  const near = new Set<Socket<End>>();
  let isRefused: ((greeting: string) => boolean) | null = null;
  const flush = (to: Socket<End>) => {
    const { unsent } = to.data;
    if (unsent.byteLength > 0) to.data.unsent = unsent.subarray(Math.max(0, to.write(unsent)));
  };
  const passOn = (from: Socket<End>, bytes: Uint8Array) => {
    const { other: peer, greeting } = from.data;
    if (greeting !== null && greeting.length < GREETING_LENGTH) {
      from.data.greeting = greeting + Buffer.from(bytes).toString('latin1');
      if (isRefused?.(from.data.greeting)) {
        from.terminate();
        return;
      }
    }
    // Until the other end is connected, the bytes wait at their own end.
    const holder = peer ? peer.data : from.data;
    holder.unsent = Buffer.concat([holder.unsent, bytes]);
    if (peer) flush(peer);
  };
  const end = (socket: Socket<End>) => {
    near.delete(socket);
    socket.data.other?.terminate();
  };
  const ends = { data: passOn, drain: flush, close: end, error: end };

  const listener = Bun.listen<End>({
    hostname: '127.0.0.1',
    port: 0,
    data: { unsent: NOTHING, greeting: '' },
    socket: {
      ...ends,
      open(socket) {
        socket.data = { unsent: NOTHING, greeting: '' };
        near.add(socket);
        const early = () => socket.data.unsent;
        Bun.connect<End>({
          hostname,
          port,
          data: { other: socket, unsent: NOTHING, greeting: null },
          socket: ends,
        }).then(
          (far) => {
            far.data.unsent = early();
            socket.data = { other: far, unsent: NOTHING, greeting: socket.data.greeting };
            flush(far);
          },
          () => socket.terminate(),
        );
      },
    },
  });
  const cut = (isChosen: (greeting: string) => boolean) => {
    const chosen = [...near].filter((socket) => isChosen(socket.data.greeting ?? ''));
    for (const socket of chosen) {
      socket.data.other?.terminate();
      socket.terminate();
    }
    return chosen.length;
  };
  const close = () => {
    listener.stop(true);
    cut(() => true);
  };
  const refuse = (refused: typeof isRefused) => {
    isRefused = refused;
  };
  return { port: listener.port, cut, refuse, close };
}
