/** Requests one after the other on a few lanes, without retries: each refusal is seen. */
export interface Traffic {
  counts(): Counts;
  stop(): Promise<Counts>;
}

export interface Counts {
  /** Emotion events sent. */
  sent: number;
  /** Emotion events acknowledged with 202. */
  accepted: number;
  /** Anything else, reads included, by status or error. */
  refused: Record<string, number>;
}

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
  const counts: Counts = { sent: 0, accepted: 0, refused: {} };
  const over = new AbortController();
  const refuse = (what: string) => {
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
  const lane = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const metrics = { positivity: 0.5, intensity: 0.5, stress_level: 0.5 };
      const event = {
        userId,
        timestamp: new Date().toISOString(),
        emotionEvent: { type: 'calm', metrics },
      };
      counts.sent += 1;
      const headers = { 'content-type': 'application/json', 'x-internal-key': internalKey };
      const body = JSON.stringify(event);
      if (await ask('/v1/emotions/stream', { method: 'POST', headers, body }, 202)) counts.accepted += 1;
      await ask(`/v1/users/${userId}/offers`, { headers: { authorization: `Bearer ${token}` } }, 200);
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
