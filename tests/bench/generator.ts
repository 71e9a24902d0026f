import type { Socket } from 'bun';
import { createSink } from '../../load-tests/runner/metrics/sink.ts';

/**
 * A load generator in a process of its own: raw HTTP/1.1 over kept-alive connections, one request at a time
 * on each, so that it costs the machine as little as it can. `bun generator.ts '<GeneratorSpec>'` prints a
 * `GeneratorResult`.
 */
interface GeneratorSpec {
  port: number;
  connections: number;
  seconds: number;
  /**
   * Requests a second, independent of the responses (open loop); without it, each response triggers the next
   * request.
   */
  rate?: number;
  /** Bytes of whole requests, sent in turn. */
  requests: string[];
  /** Sends each request once, and ends early when all have responses. */
  once?: boolean;
}

export interface GeneratorResult {
  /** When the first request left, in milliseconds since 1970. */
  startedAtMs: number;
  seconds: number;
  /** Requests that were due; more than the responses when connections or responses were missing. */
  offered: number;
  statuses: Record<string, number>;
  p50Ms: number;
  p99Ms: number;
  cpuSeconds: number;
}

/** A POST as its bytes. */
export function rawRequest(path: string, headers: Record<string, string>, body = ''): string {
  const requestHeaders = { host: 'localhost', ...headers, 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries(requestHeaders).map(([name, value]) => `${name}: ${value}`);
  return [`POST ${path} HTTP/1.1`, ...lines, '', body].join('\r\n');
}

interface Lane {
  socket: Socket<Lane>;
  /** The bytes of a response that is not complete yet. */
  buffer: string;
  /** The bytes that did not fit into the socket yet. */
  unsent: Buffer;
  dueMs: number;
}

const TICK_MS = 2;
const NOTHING = Buffer.alloc(0);

async function generate(spec: GeneratorSpec): Promise<GeneratorResult> {
  const statuses: Record<string, number> = {};
  const latencies = createSink('trend');
  const idle: Lane[] = [];
  const due: number[] = [];
  const payloads = spec.requests.map((request) => Buffer.from(request));
  let sentCount = 0;
  let offered = 0;
  let responses = 0;
  let over = false;
  const finished = Promise.withResolvers<void>();
  const isDone = () => spec.once === true && sentCount === payloads.length;

  const send = (lane: Lane, dueMs: number): void => {
    lane.dueMs = dueMs;
    lane.unsent = payloads[sentCount % payloads.length] as Buffer;
    sentCount += 1;
    flush(lane);
  };
  const next = (lane: Lane): void => {
    if (over || isDone()) {
      if (spec.once && responses === payloads.length) finished.resolve();
      return;
    }
    if (spec.rate === undefined) {
      offered += 1;
      send(lane, performance.now());
      return;
    }
    const dueMs = due.shift();
    if (dueMs === undefined) idle.push(lane);
    else send(lane, dueMs);
  };
  const receive = (lane: Lane, chunk: Buffer): void => {
    lane.buffer += chunk.toString('latin1');
    const status = takeAnswer(lane);
    if (status === null) return;
    responses += 1;
    statuses[status] = (statuses[status] ?? 0) + 1;
    latencies.add(performance.now() - lane.dueMs);
    next(lane);
  };

  const lanes = await openLanes(spec, receive);
  const startedMs = performance.now();
  const endsMs = startedMs + spec.seconds * 1000;
  for (const lane of lanes) next(lane);
  let scheduled = 0;
  const ticker = setInterval(() => {
    if (spec.rate === undefined) return;
    const now = performance.now();
    for (; scheduled < ((now - startedMs) / 1000) * spec.rate; scheduled += 1) {
      const lane = idle.pop();
      const dueMs = startedMs + (scheduled / spec.rate) * 1000;
      offered += 1;
      if (lane) send(lane, dueMs);
      // A real client would have given up after this time.
      else if (due.length < spec.connections) due.push(dueMs);
    }
  }, TICK_MS);
  await Promise.race([Bun.sleep(endsMs - startedMs), finished.promise]);
  over = true;
  clearInterval(ticker);
  const seconds = (performance.now() - startedMs) / 1000;
  for (const lane of lanes) lane.socket.end();
  const usage = process.cpuUsage();
  return {
    startedAtMs: performance.timeOrigin + startedMs,
    seconds,
    offered,
    statuses,
    p50Ms: latencies.get('p(50)', 0) ?? 0,
    p99Ms: latencies.get('p(99)', 0) ?? 0,
    cpuSeconds: (usage.user + usage.system) / 1e6,
  };
}

async function openLanes(spec: GeneratorSpec, receive: (lane: Lane, chunk: Buffer) => void): Promise<Lane[]> {
  return Promise.all(
    Array.from({ length: spec.connections }, async () => {
      const lane = { buffer: '', dueMs: 0, unsent: NOTHING } as unknown as Lane;
      lane.socket = await Bun.connect<Lane>({
        hostname: '127.0.0.1',
        port: spec.port,
        data: lane,
        socket: {
          data: (socket, chunk) => receive(socket.data, chunk),
          drain: (socket) => flush(socket.data),
        },
      });
      return lane;
    }),
  );
}

function flush(lane: Lane): void {
  if (lane.unsent.length === 0) return;
  const written = lane.socket.write(lane.unsent);
  lane.unsent = lane.unsent.subarray(Math.max(0, written));
}

/** The status of a whole response, taken from the buffer; null while it is not whole. */
function takeAnswer(lane: Lane): string | null {
  const end = lane.buffer.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const head = lane.buffer.slice(0, end);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  if (lane.buffer.length < end + 4 + length) return null;
  lane.buffer = lane.buffer.slice(end + 4 + length);
  return head.slice(9, 12);
}

/** Runs a spec in a process of its own. */
export async function runGenerator(spec: GeneratorSpec): Promise<GeneratorResult> {
  const child = Bun.spawn([process.execPath, import.meta.path], {
    stdin: new Blob([JSON.stringify(spec)]),
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error('the load generator failed');
  return JSON.parse(text) as GeneratorResult;
}

if (import.meta.main) {
  const result = await generate((await Bun.stdin.json()) as GeneratorSpec);
  console.log(JSON.stringify(result));
  process.exit(0);
}
