import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { VERSION } from '../../../sdk/core/version.ts';
import type { Options } from '../options/options.ts';

/** Where figures come from: without it they say nothing. */
export interface Origin {
  target: string;
  version: string;
  machine: string;
  options: string;
}

export function originOf(env: Record<string, string>, options: Options | undefined): Origin {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = `${(totalmem() / 1024 ** 3).toFixed(1)} GiB`;
  return {
    target: env.BASE_URL ? shownUrl(env.BASE_URL) : 'named by the script',
    version: `ecs ${VERSION}, Bun ${Bun.version}`,
    machine: `${availableParallelism()} x ${model}, ${memory}, ${platform()} ${arch()}`,
    options: options ? JSON.stringify(options, without) : 'not known',
  };
}

/** A URL may hold a password; only its place is shown. */
function shownUrl(text: string): string {
  try {
    const { origin, pathname } = new URL(text);
    return `${origin}${pathname === '/' ? '' : pathname}`;
  } catch {
    return text;
  }
}

/** Left out: empty options, and those that may hold secrets. */
function without(key: string, value: unknown): unknown {
  if (/auth|secret|password|token|key|cert|headers/i.test(key)) return undefined;
  const isEmpty = value === null || (typeof value === 'object' && Object.keys(value).length === 0);
  return isEmpty ? undefined : value;
}
