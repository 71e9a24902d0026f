/** The shape of the load, by `-e`: RATE, VUS, DURATION and USERS over the scenario's own figures. */
export const rateOr = (fallback: number): number => numberOr('RATE', fallback);
export const vusOr = (fallback: number): number => numberOr('VUS', fallback);
export const customersOr = (fallback: number): number => numberOr('USERS', fallback);
export const durationOr = (fallback: string): string => __ENV.DURATION || fallback;

/** A constant rate with users in reserve for a slow system. */
export function constantRate(rate: number, duration: string, users: { vus: number; maxVUs: number }) {
  return {
    executor: 'constant-arrival-rate' as const,
    rate,
    duration,
    preAllocatedVUs: users.vus,
    maxVUs: Math.max(users.maxVUs, users.vus),
  };
}

/** Returns a share of a duration, for stages: `30s` and `1/6` give `5000ms`. Throws for no duration. */
export function shareOf(duration: string, share: number): string {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(duration))
    throw new Error(`DURATION is ${duration}, and must be as 90s or 1m30s`);
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  let ms = 0;
  for (const [, count, unit] of duration.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) {
    ms += Number(count) * (units[unit ?? 's'] ?? 0);
  }
  return `${Math.round(ms * share)}ms`;
}

function numberOr(name: string, fallback: number): number {
  return Number(__ENV[name] || fallback);
}
