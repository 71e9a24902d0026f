import type { Socket } from 'bun';
import type { Drill } from './drill.ts';

/**
 * Connections between the parts and the engines are cut in the middle of whatever is said, by a proxy in
 * between: a statement whose answer is lost, a publish whose PubAck is, half a message.
 */
export const connectionsReset: Drill = {
  name: 'connections-reset',
  summary: 'every connection to PostgreSQL, NATS and Redis goes through a proxy that cuts them at random',
  events: 20_000,
  variables(_dataDir, urls) {
    return Object.fromEntries(
      Object.entries(urls).map(([name, url]) => {
        const target = new URL(url);
        const proxy = openProxy(target.hostname, Number(target.port));
        proxies.push(proxy);
        target.port = String(proxy.port);
        return [name, target.href];
      }),
    );
  },
  async run({ random, faults, startLoad }) {
    const load = startLoad();
    const over = load.done.then(() => true);
    let cut = 0;
    while (!(await Promise.race([over, Bun.sleep(random.integer(20, 200)).then(() => false)]))) {
      // Mostly some of a proxy's connections; now and then all at once.
      const share = random.next() < 0.1 ? 1 : 0.2;
      cut += random.pick(proxies).cut(() => random.next() < share);
      faults.injected += 1;
    }
    return { cut };
  },
  close() {
    for (const proxy of proxies.splice(0)) proxy.close();
  },
};

interface Proxy {
  port: number;
  /** Ends the connections that are chosen, both ways, with what they have not sent; how many there were. */
  cut(isChosen: () => boolean): number;
  close(): void;
}

/** One end of a connection, and what it has not taken yet. */
interface End {
  other?: Socket<End>;
  unsent: Buffer;
}

const proxies: Proxy[] = [];
const NOTHING = Buffer.alloc(0);

function openProxy(hostname: string, port: number): Proxy {
  const near = new Set<Socket<End>>();
  const flush = (to: Socket<End>) => {
    const { unsent } = to.data;
    if (unsent.byteLength > 0) to.data.unsent = unsent.subarray(Math.max(0, to.write(unsent)));
  };
  const passOn = (from: Socket<End>, bytes: Uint8Array) => {
    const { other } = from.data;
    // Until the other end is there, what comes waits at its own.
    const waiting = other ? other.data : from.data;
    waiting.unsent = Buffer.concat([waiting.unsent, bytes]);
    if (other) flush(other);
  };
  const end = (socket: Socket<End>) => {
    near.delete(socket);
    socket.data.other?.terminate();
  };
  const ends = { data: passOn, drain: flush, close: end, error: end };

  const listener = Bun.listen<End>({
    hostname: '127.0.0.1',
    port: 0,
    data: { unsent: NOTHING },
    socket: {
      ...ends,
      open(socket) {
        socket.data = { unsent: NOTHING };
        near.add(socket);
        const early = () => socket.data.unsent;
        Bun.connect<End>({ hostname, port, data: { other: socket, unsent: NOTHING }, socket: ends }).then(
          (far) => {
            far.data.unsent = early();
            socket.data = { other: far, unsent: NOTHING };
            flush(far);
          },
          () => socket.terminate(),
        );
      },
    },
  });
  const cut = (isChosen: () => boolean) => {
    const chosen = [...near].filter(isChosen);
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
  return { port: listener.port, cut, close };
}
