import { expect, test } from 'bun:test';
import { disableOperator } from '../../cli/operators/operator-store.ts';
import type { Flow } from '../../sdk/contracts/operator-flow.ts';
import { EcsClient } from '../../sdk/index.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { createCli, envelopeOf } from '../cli/harness.ts';
import { eventually } from '../harness/engines.ts';
import { freeze } from '../harness/freeze.ts';
import { storeOffer } from '../harness/offers.ts';
import { newOperator } from '../harness/operators.ts';
import { bearer, emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';

/** The flow of a whole system, as an operator, and as `ecs top` beside it, sees it. */
const system = useSystem({ split: true });
const DEADLINE_MS = 30_000;

const watcherOf = async () => {
  const { token, name } = await newOperator(system(), ['viewer']);
  return { name, token, flow: new EcsOperatorClient({ baseUrl: system().url, token }).flow };
};

/** Watches until a flow is as it should be. */
async function untilFlow(isRight: (flow: Flow) => boolean): Promise<Flow> {
  const { flow } = await watcherOf();
  let last: Flow | undefined;
  for await (const current of flow.watch({ signal: AbortSignal.timeout(DEADLINE_MS) })) {
    last = current;
    if (isRight(current)) return current;
  }
  throw new Error(`the flow did not come: ${JSON.stringify(last, null, 1)}`);
}

const edgeOf = (flow: Flow, id: string) => flow.edges.find((edge) => edge.id === id);
const processOf = (service: string) => {
  const child = system()
    .state()
    .children.find(({ name }) => name === service);
  if (!child?.pid || !child.opsUrl) throw new Error(`${service} does not run`);
  return { pid: child.pid, host: new URL(child.opsUrl).host };
};

async function sendEmotions(count: number): Promise<void> {
  const customer = await newCustomer(system().url);
  for (let index = 0; index < count; index += 1) {
    const request = json(emotionOf(customer.id), bearer(customer));
    expect((await fetch(`${system().url}/v1/emotions/stream`, request)).status).toBe(202);
  }
}

test('all is well, and each process and engine is there', async () => {
  // A system that has just started may have had a late connection; once that is over, it stays well.
  await untilFlow(({ condition }) => condition === 'ok');
  const current = await (await watcherOf()).flow.get();
  expect(current).toMatchObject({ condition: 'ok', findings: [] });
  expect(current.window_seconds).toBeGreaterThan(0);
  const services = system()
    .state()
    .children.filter(({ kind }) => kind === 'service')
    .map(({ name }) => name);
  expect(current.processes.flatMap((process) => process.services).toSorted()).toEqual(services.toSorted());
  expect(current.engines).toMatchObject([
    { name: 'postgresql', condition: 'ok' },
    { name: 'nats', condition: 'ok' },
    { name: 'redis' },
    { name: 'risk model', condition: 'ok' },
  ]);
  expect(current.edges.filter(({ condition }) => condition !== 'ok')).toEqual([]);
});

test('events pass door, stream, worker and table at one rate', async () => {
  const flowing = untilFlow((flow) => (edgeOf(flow, 'emotions.table')?.per_second ?? 0) > 0);
  await sendEmotions(20);
  const flow = await flowing;
  expect(flow.condition).toBe('ok');
  for (const step of ['door', 'stream', 'worker', 'table']) {
    expect(edgeOf(flow, `emotions.${step}`)?.per_second).toBeGreaterThan(0);
  }
  expect(edgeOf(flow, 'emotions.door')?.p99_ms).toBeGreaterThan(0);
}, 60_000);

test('an accepted offer passes to the service of webhooks', async () => {
  const flowing = untilFlow((flow) => (edgeOf(flow, 'webhooks.worker')?.per_second ?? 0) > 0);
  const { url: baseUrl, sql } = system();
  const { id, token } = await newCustomer(baseUrl);
  const offerId = await storeOffer(sql, id);
  await new EcsClient({ baseUrl, token }).offers.accept(offerId).waitUntilActive({ timeoutMs: 10_000 });
  const flow = await flowing;
  expect(edgeOf(flow, 'webhooks.worker')).toMatchObject({ waiting_unit: 'messages', condition: 'ok' });
  expect(edgeOf(flow, 'webhooks.delivery')).toMatchObject({ per_second: 0, waiting: 0, condition: 'ok' });
}, 60_000);

test('a worker that is frozen is a fault, with its queue and its row of the failure modes', async () => {
  const { pid, host } = processOf('emotion-processing');
  freeze(pid);
  try {
    const flow = await untilFlow(({ findings }) => findings.some(({ subject }) => subject === host));
    expect(flow.condition).toBe('fault');
    expect(flow.findings[0]).toMatchObject({
      severity: 'fault',
      subject: host,
      failure_mode: 'A process dies (killed, out of memory, a bug)',
    });
    const ran = await createCli({ args: ['--data-dir', system().dataDir] }).ecs(['top', '--json']);
    expect(ran.code).toBe(1);
    expect(envelopeOf(ran).data).toMatchObject({ condition: 'fault' });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await untilFlow(({ condition }) => condition === 'ok');
}, 90_000);

test('`ecs top` shows one frame off a terminal, on the private side and as an operator', async () => {
  const { token } = await newOperator(system(), ['viewer']);
  const local = createCli({ args: ['--data-dir', system().dataDir] });
  const remote = createCli({ env: { ECS_URL: system().url, ECS_OPERATOR_TOKEN: token } });
  for (const { ecs } of [local, remote]) {
    const { stdout, code } = await ecs(['top']);
    expect(code).toBe(0);
    expect(stdout).toContain('all is well');
    expect(stdout).toContain('stream emotions -> emotion-processing');
  }
  const stranger = createCli({ env: { ECS_URL: system().url } });
  expect((await stranger.ecs(['top'])).code).toBe(4);
}, 60_000);

test('`ecs top` on a short terminal moves to what is below, and q leaves', async () => {
  const { startInTerminal } = createCli();
  const { output, type, exited } = startInTerminal(['--data-dir', system().dataDir, 'top']);
  await eventually('a frame', () => output().includes('lines 1 to 23 of'));
  const { processes } = await (await watcherOf()).flow.get();
  const last = processes.at(-1)?.process ?? 'none';
  expect(output()).not.toContain(last);
  await eventually('its last process', () => {
    type('\u001b[6~');
    return output().includes(last);
  });
  type('q');
  expect(await exited).toBe(0);
}, 60_000);

test('a stream of the flow ends when its operator is disabled', async () => {
  const { token, name } = await watcherOf();
  const response = await fetch(`${system().url}/v1/operators/flow`, {
    headers: { ...bearer({ token }), accept: 'text/event-stream' },
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  await disableOperator(system().sql, name);
  const text = await response.text();
  expect(text).toContain('event: flow\n');
  expect(text).toEndWith('event: end\ndata: {"reason":"access_lost"}\n\n');
}, 60_000);

test('an eleventh stream of one operator is refused, and a place is free again after a stream ends', async () => {
  const { token } = await watcherOf();
  const ending = new AbortController();
  const open = (signal?: AbortSignal) =>
    fetch(`${system().url}/v1/operators/flow`, {
      headers: { ...bearer({ token }), accept: 'text/event-stream' },
      signal: signal ?? AbortSignal.timeout(DEADLINE_MS),
    });
  const streams = await Promise.all(Array.from({ length: 10 }, () => open(ending.signal)));
  expect(streams.map(({ status }) => status)).toEqual(Array(10).fill(200));
  const refused = await open();
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ code: 'too_many_streams' });
  ending.abort();
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const again = await open();
    void again.body?.cancel();
    if (again.status === 200) break;
    if (Date.now() > deadline) throw new Error('no place became free');
    await Bun.sleep(200);
  }
}, 60_000);
