import type { Drill } from './drill.ts';
import { openProxy, type Proxy } from './proxy.ts';

/**
 * A proxy cuts connections between the services and the engines at any moment: a statement with a lost
 * result, a publish with a lost PubAck, half a message.
 */
export const connectionsReset: Drill = {
  name: 'connections-reset',
  summary: 'every connection to PostgreSQL, NATS and Redis goes through a proxy that cuts them at random',
  events: 20_000,
  variables(_dataDir, urls) {
    return Object.fromEntries(
      Object.entries(urls).map(([name, url]) => {
        const upstream = new URL(url);
        const proxy = openProxy(upstream.hostname, Number(upstream.port));
        proxies.push(proxy);
        upstream.port = String(proxy.port);
        return [name, upstream.href];
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

const proxies: Proxy[] = [];
