/** Where the system is, by `-e`: BASE_URL, INTERNAL_SERVICE_API_KEY, and the shape of the load. */
export const BASE = __ENV.BASE_URL || 'http://localhost:9999';
export const INTERNAL_KEY = __ENV.INTERNAL_SERVICE_API_KEY || '';

export const number = (name: string, fallback: number): number => Number(__ENV[name] || fallback);

export const RATE = (fallback: number): number => number('RATE', fallback);
export const DURATION = (fallback: string): string => __ENV.DURATION || fallback;
export const VUS = (fallback: number): number => number('VUS', fallback);

/** The same length of time times a share, for stages: `30s` and `1/6` give `5s`. */
export function part(duration: string, share: number): string {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  let ms = 0;
  for (const [, count, unit] of duration.matchAll(/([\d.]+)(ms|s|m|h)/g)) {
    ms += Number(count) * (units[unit ?? 's'] ?? 0);
  }
  return `${Math.round(ms * share)}ms`;
}

/** A body as text: bytes are asked for by nobody here. */
export const textOf = ({ body }: { body: unknown }): string => (typeof body === 'string' ? body : '');

export const json = (token?: string): { headers: Record<string, string> } => ({
  headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
});

export const internal = (): { headers: Record<string, string> } => ({
  headers: { 'content-type': 'application/json', 'x-internal-key': INTERNAL_KEY },
});
