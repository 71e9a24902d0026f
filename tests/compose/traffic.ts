/** Requests one after the other on a few lanes, without retries: each failure is seen. */
export interface Traffic {
  counts(): Counts;
  /** Returns the longest time, in ms, in which no event of a kind was acknowledged since the last call. */
  longestGap(): number;
  stop(): Promise<Counts>;
}

interface Counts {
  /** Events sent, emotions and transactions. */
  sent: number;
  /** Events acknowledged with 202. */
  accepted: number;
  /** Anything else by status or error: reads, and events with and without an idempotency key. */
  refused: Record<string, number>;
  failures: number;
}

const METRICS = { positivity: 0.5, intensity: 0.5, stress_level: 0.5 };
const PAUSE_MS = 20;
const ANSWER_MS = 10_000;

export function startTraffic(options: {
  url: string;
  userId: string;
  token: string;
  internalKey: string;
  workers: number;
}): Traffic {
  const { url, userId, token, internalKey } = options;
  const counts: Counts = { sent: 0, accepted: 0, refused: {}, failures: 0 };
  const over = new AbortController();
  const ask = async (path: string, init: RequestInit, good: number): Promise<boolean> => {
    const refuse = (what: string) => {
      counts.failures += 1;
      counts.refused[what] = (counts.refused[what] ?? 0) + 1;
    };
    try {
      const response = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(ANSWER_MS) });
      const text = await response.text();
      if (response.status === good) return true;
      refuse(`${response.status} ${/"code":"(\w+)"/.exec(text)?.[1] ?? ''} ${path.split('/')[2]}`);
    } catch (error) {
      refuse(error instanceof Error ? error.name : String(error));
    }
    return false;
  };
  const gaps = { emotions: createGap(), transactions: createGap() };
  // Without an event id: a request that is repeated on its way must be stored once all the same.
  const sendEvent = async (path: Path, event: object, headers: Record<string, string>): Promise<void> => {
    counts.sent += 1;
    const requestHeaders = { 'content-type': 'application/json', ...headers };
    const init = { method: 'POST', headers: requestHeaders, body: JSON.stringify(event) };
    if (!(await ask(path, init, 202))) return;
    counts.accepted += 1;
    gaps[path === '/v1/transactions' ? 'transactions' : 'emotions'].end();
  };
  const bearer = { authorization: `Bearer ${token}` };
  /** Half of the lanes send keys. */
  const lane = async (_: unknown, index: number): Promise<void> => {
    const key = (): Record<string, string> =>
      index % 2 === 0 ? { 'idempotency-key': crypto.randomUUID() } : {};
    while (!over.signal.aborted) {
      const timestamp = new Date().toISOString();
      const emotion = { userId, timestamp, emotionEvent: { type: 'calm', metrics: METRICS } };
      await sendEvent('/v1/emotions/stream', emotion, { 'x-internal-key': internalKey, ...key() });
      await sendEvent('/v1/transactions', { userId, amount: 1.5 }, { ...bearer, ...key() });
      await ask(`/v1/users/${userId}/offers`, { headers: bearer }, 200);
      await Bun.sleep(PAUSE_MS);
    }
  };
  const lanes = Array.from({ length: options.workers }, lane);
  const copy = () => ({ ...counts, refused: { ...counts.refused } });
  return {
    counts: copy,
    longestGap: () => Math.round(Math.max(gaps.emotions.longest(), gaps.transactions.longest())),
    async stop() {
      over.abort();
      await Promise.all(lanes);
      return copy();
    },
  };
}

type Path = '/v1/emotions/stream' | '/v1/transactions';

/** The longest time between two ends, or from the last one until now. */
function createGap() {
  let since = performance.now();
  let longest = 0;
  const end = () => {
    longest = Math.max(longest, performance.now() - since);
    since = performance.now();
  };
  return {
    end,
    longest() {
      end();
      const result = longest;
      longest = 0;
      return result;
    },
  };
}
