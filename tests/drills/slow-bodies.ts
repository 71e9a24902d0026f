import { connect, type Socket } from 'node:net';
import { rawRequest, runGenerator } from '../bench/generator.ts';
import type { Drill, Stage } from './drill.ts';
import { compareSpeeds, refusedOf, SPEED, speedFigures } from './speed.ts';

/**
 * Anonymous clients send the first byte of a login's body and then one every 12 s, and reconnect when they are cut
 * off: an unknown, slow client holds no place that others need.
 */
const BETWEEN_BYTES_MS = 12_000;
const AGAIN_MS = 5000;
/** They come from so many addresses. */
const ADDRESSES = 250;
const RATE_PER_SECOND = 300;
const CONNECTIONS = 64;
const LOGINS = 5;

export const SLOW_BODIES: Drill[] = [
  slowBodies('slow-bodies', 3300),
  slowBodies('slow-bodies-10000', 10_000),
];

function slowBodies(name: string, clients: number): Drill {
  return {
    name,
    summary: `${clients} anonymous clients hold login bodies open: nobody else is refused, or much slower`,
    events: 200,
    ...SPEED,
    async run(stage) {
      const { claim, claimSpeed, customers, seconds, system } = stage;
      const port = Number(new URL(system.url).port);
      const requests = customers.flatMap(({ id, token }) => requestsOf(id, token));
      const measure = () =>
        runGenerator({
          port,
          requests,
          connections: CONNECTIONS,
          seconds,
          rate: RATE_PER_SECOND,
        });
      const total = { held: 0, cutOff: 0, refusedOthers: 0 };
      const crowded = async () => {
        const crowd = holdBodies(port, clients);
        await crowd.standing;
        const measured = await measure();
        const logins = await Promise.all(Array.from({ length: LOGINS }, () => logIn(stage)));
        total.refusedOthers += refusedOf(measured, '202') + logins.filter((status) => status !== 401).length;
        total.held = Math.max(total.held, crowd.heldMax());
        total.cutOff += crowd.cutOff();
        await crowd.leave();
        return measured;
      };
      const { before, during, rounds, asFast } = await compareSpeeds(measure, crowded, stage.rounds);
      claim(`${total.refusedOthers} requests of others refused`, total.refusedOthers === 0);
      claimSpeed(`p99 was ${before.p99Ms} ms, then ${during.p99Ms} ms`, asFast);
      claim(`${total.cutOff} slow bodies were cut off`, total.cutOff > 0);
      await stage.startLoad().done;
      return {
        strangers: clients,
        ...total,
        rounds,
        ...speedFigures(before, during),
      };
    },
  };
}

function requestsOf(userId: string, token: string): string[] {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const metrics = { positivity: 0.5, intensity: 0.5, stress_level: 0.5 };
  const timestamp = new Date().toISOString();
  const emotion = { userId, timestamp, emotionEvent: { type: 'calm', metrics } };
  return [
    rawRequest('/v1/emotions/stream', headers, JSON.stringify(emotion)),
    rawRequest('/v1/transactions', headers, JSON.stringify({ userId, amount: 1 })),
  ];
}

async function logIn({ system }: Stage): Promise<number> {
  const body = JSON.stringify({ email: `${crypto.randomUUID()}@drill.example`, password: 'not the one' });
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${system.url}/v1/auth/login`, { method: 'POST', headers, body })).status;
}

/** So many connections, each with a body that does not come, for as long as it is wanted. */
function holdBodies(port: number, count: number) {
  const sockets = new Set<Socket>();
  const standing = Promise.withResolvers<void>();
  let over = false;
  let cutOff = 0;
  let begun = 0;
  let heldMax = 0;
  const head = rawRequest('/v1/auth/login', { 'content-type': 'application/json' }, 'x'.repeat(60)).slice(
    0,
    -59,
  );

  const hold = (client: number): void => {
    if (over) return;
    const localAddress = `127.0.0.${2 + (client % ADDRESSES)}`;
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    let dripping: ReturnType<typeof setInterval> | undefined;
    socket.on('connect', () => {
      sockets.add(socket);
      heldMax = Math.max(heldMax, sockets.size);
      begun += 1;
      if (begun === count) standing.resolve();
      socket.write(head);
      dripping = setInterval(() => socket.write('x'), BETWEEN_BYTES_MS);
    });
    socket.on('error', () => {});
    socket.on('data', () => {
      cutOff += 1;
    });
    socket.on('close', () => {
      sockets.delete(socket);
      clearInterval(dripping);
      setTimeout(() => hold(client), AGAIN_MS);
    });
  };
  for (let client = 0; client < count; client += 1) hold(client);
  return {
    standing: standing.promise,
    heldMax: () => heldMax,
    cutOff: () => cutOff,
    async leave() {
      over = true;
      for (const socket of sockets) socket.destroy();
      while (sockets.size > 0) await Bun.sleep(50);
    },
  };
}
