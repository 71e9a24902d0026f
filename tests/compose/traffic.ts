/** Requests one after the other on a few lanes, without retries: each refusal is seen. */
export interface Traffic {
  counts(): Counts;
  stop(): Promise<Counts>;
}

export interface Counts {
  /** Events sent, emotions and transactions. */
  sent: number;
  /** Events acknowledged with 202. */
  accepted: number;
  /** Anything else, reads included, by status or error; and how many. */
  refused: Record<string, number>;
  refusals: number;
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
  const counts: Counts = { sent: 0, accepted: 0, refused: {}, refusals: 0 };
  const over = new AbortController();
  const refuse = (what: string) => {
    counts.refusals += 1;
    counts.refused[what] = (counts.refused[what] ?? 0) + 1;
  };
  const ask = async (path: string, init: RequestInit, good: number): Promise<boolean> => {
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
  // Without an id of its own: what nginx tries twice must be stored once all the same.
  const sendEvent = async (path: string, event: object, headers: Record<string, string>): Promise<void> => {
    counts.sent += 1;
    const all = { 'content-type': 'application/json', ...headers };
    const init = { method: 'POST', headers: all, body: JSON.stringify(event) };
    if (await ask(path, init, 202)) counts.accepted += 1;
  };
  const bearer = { authorization: `Bearer ${token}` };
  const lane = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const timestamp = new Date().toISOString();
      const emotion = { userId, timestamp, emotionEvent: { type: 'calm', metrics: METRICS } };
      await sendEvent('/v1/emotions/stream', emotion, { 'x-internal-key': internalKey });
      await sendEvent('/v1/transactions', { userId, amount: 1.5 }, bearer);
      await ask(`/v1/users/${userId}/offers`, { headers: bearer }, 200);
      await Bun.sleep(PAUSE_MS);
    }
  };
  const lanes = Array.from({ length: options.workers }, lane);
  const copy = () => ({ ...counts, refused: { ...counts.refused } });
  return {
    counts: copy,
    async stop() {
      over.abort();
      await Promise.all(lanes);
      return copy();
    },
  };
}
