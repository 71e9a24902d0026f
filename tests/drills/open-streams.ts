import { connect, type Socket } from 'node:net';
import { runGenerator } from '../bench/generator.ts';
import { createTokens } from '../../platform/http/token.ts';
import { eventually } from '../harness/engines.ts';
import type { Drill, Stage } from './drill.ts';
import { refusedOf, SPEED, speedFigures } from './speed.ts';

/** As many customers with the app open: an open stream holds no connection that other requests need. */
const RATE_PER_SECOND = 300;
const CONNECTIONS = 32;
const P99_MS_MAX = 100;
const OPEN_AT_ONCE = 200;

export const OPEN_STREAMS: Drill[] = [
  openStreams('open-streams', 360),
  openStreams('open-streams-5000', 5000),
];

function openStreams(name: string, streams: number): Drill {
  return {
    name,
    summary: `${streams} customers follow their notifications: other requests are as fast as without`,
    events: 200,
    seconds: SPEED.seconds,
    async run(stage) {
      const { claim, claimSpeed, customers, seconds, system } = stage;
      const requests = customers.map(({ id, token }) => getRequest(`/v1/users/${id}/offers`, token));
      const measure = () =>
        runGenerator({
          port: Number(new URL(system.url).port),
          requests,
          connections: CONNECTIONS,
          seconds,
          rate: RATE_PER_SECOND,
        });
      await measure();
      const before = await measure();
      const crowd = await openAll(stage, streams);
      const during = await measure();
      const stillOpen = crowd.open();
      crowd.leave();
      await stage.startLoad().done;
      claim(`${stillOpen} of ${streams} streams are open`, stillOpen === streams);
      const refused = refusedOf(during, '200');
      claim(`${refused} requests of others refused`, refused === 0);
      claimSpeed(`p99 was ${before.p99Ms} ms, then ${during.p99Ms} ms`, during.p99Ms < P99_MS_MAX);
      return {
        streams: stillOpen,
        ...speedFigures(before, during),
      };
    },
  };
}

const getRequest = (path: string, token: string, accept = 'application/json') =>
  `GET ${path} HTTP/1.1\r\nhost: localhost\r\naccept: ${accept}\r\nauthorization: Bearer ${token}\r\n\r\n`;

/** Opens one stream for each of as many new customers; resolves when all have their first bytes. */
async function openAll({ system, sql, random }: Stage, count: number) {
  const tokens = createTokens({ secretKey: system.secretKey });
  const ids = Array.from({ length: count }, () => random.uuid());
  await sql`
    insert into users (id, email, password_hash)
    select id, id || '@streams.example', 'x' from unnest(${ids}::uuid[]) as id`;
  const sockets: Socket[] = [];
  let open = 0;
  const openOne = async (id: string) => {
    const { token } = await tokens.sign(id);
    const socket = connect(Number(new URL(system.url).port), '127.0.0.1');
    sockets.push(socket);
    socket.once('data', (head) => {
      if (head.toString().startsWith('HTTP/1.1 200')) open += 1;
    });
    socket.on('close', () => {
      open -= 1;
    });
    socket.on('error', () => {});
    socket.write(getRequest(`/v1/users/${id}/notifications`, token, 'text/event-stream'));
  };
  for (let from = 0; from < count; from += OPEN_AT_ONCE) {
    await Promise.all(ids.slice(from, from + OPEN_AT_ONCE).map(openOne));
    const expectedCount = Math.min(count, from + OPEN_AT_ONCE);
    await eventually(`${expectedCount} streams are open`, () => open === expectedCount, 30_000);
  }
  return {
    open: () => open,
    leave: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
