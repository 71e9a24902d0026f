import { check as syncCheck } from 'k6';
import crypto from 'k6/crypto';
import exec from 'k6/execution';

/** The helpers that scripts import under the name `k6-utils`. */

/** A whole number from `min` to `max`, both included. */
export function randomIntBetween(min: number, max: number): number {
  return Math.floor(Math.random() * (max - min + 1) + min);
}

export function randomItem<T>(items: readonly T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)];
}

export function randomString(length: number, charset = 'abcdefghijklmnopqrstuvwxyz'): string {
  let text = '';
  while (text.length < length) text += charset[Math.floor(Math.random() * charset.length)] ?? '';
  return text;
}

/** A random UUID; `secure` takes it from the system's generator. */
export function uuidv4(secure = false): string {
  const bytes = secure
    ? new Uint8Array(crypto.randomBytes(16))
    : Uint8Array.from({ length: 16 }, () => Math.floor(Math.random() * 256));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The text between two others; with `repeat` all of them. */
export function findBetween(
  content: string,
  left: string,
  right: string,
  repeat = false,
): string | string[] | null {
  const texts: string[] = [];
  for (let at = 0; ; ) {
    const start = content.indexOf(left, at);
    const end = start === -1 ? -1 : content.indexOf(right, start + left.length);
    if (end === -1) break;
    texts.push(content.slice(start + left.length, end));
    if (!repeat) break;
    at = end + right.length;
  }
  if (repeat) return texts;
  return texts[0] ?? null;
}

/** `check` for values and tests that are promises. */
export async function check<T>(value: T, checks: Checks<Awaited<T>>, tags?: object): Promise<boolean> {
  const settled = await value;
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, test]) => {
      const result: unknown = typeof test === 'function' ? test(settled) : test;
      return [name, Boolean(await result)] as const;
    }),
  );
  return syncCheck(null, Object.fromEntries(results.map(([name, ok]) => [name, () => ok])), tags);
}

type Checks<T> = Record<string, unknown> | Record<string, (value: T) => unknown>;

interface Stage {
  duration: string;
  target: number;
}

/** Stages that rise and fall as a bell: `[users, seconds]` at each step. */
export function normalDistributionStages(
  maxVus: number,
  durationSeconds: number,
  numberOfStages = 10,
): Stage[] {
  const normal = (x: number) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  const heights = Array.from({ length: numberOfStages + 2 }, (_, index) => {
    return normal(-2 + (4 * index) / (numberOfStages + 1));
  });
  const peak = Math.max(...heights);
  const duration = `${Math.ceil(durationSeconds / (numberOfStages + 2))}s`;
  const stages = heights.map((height) => ({ duration, target: Math.round((maxVus * height) / peak) }));
  return [...stages, { duration, target: 0 }];
}

/** The place of the stage that runs now. */
export function getCurrentStageIndex(): number {
  const scenario = exec.test.options.scenarios?.[exec.scenario.name] as { stages?: Stage[] } | undefined;
  if (!scenario?.stages) throw new Error('getCurrentStageIndex: only ramping scenarios have stages');
  const elapsedMs = Date.now() - exec.scenario.startTime;
  let endMs = 0;
  for (const [index, { duration }] of scenario.stages.entries()) {
    endMs += millisecondsOf(duration);
    if (elapsedMs < endMs) return index;
  }
  return scenario.stages.length - 1;
}

export function tagWithCurrentStageIndex(): void {
  exec.vu.metrics.tags.stage = String(getCurrentStageIndex());
}

/** Tags with `ramp-up`, `steady` or `ramp-down`. */
export function tagWithCurrentStageProfile(): void {
  const index = getCurrentStageIndex();
  const { stages, startVUs, startRate } = (exec.test.options.scenarios?.[exec.scenario.name] ?? {
    stages: [],
  }) as Ramp;
  const start = startVUs ?? startRate ?? (exec.scenario.executor === 'ramping-vus' ? 1 : 0);
  const [before, current] = [stages[index - 1]?.target ?? start, stages[index]?.target ?? 0];
  const profile = current > before ? 'ramp-up' : current < before ? 'ramp-down' : 'steady';
  exec.vu.metrics.tags.stage_profile = profile;
}

interface Ramp {
  stages: Stage[];
  startVUs?: number;
  startRate?: number;
}

const UNITS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function millisecondsOf(duration: string): number {
  const parts = [...duration.matchAll(/([\d.]+)(ms|h|m|s)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? 's'] ?? 0), 0);
}
