import type { Tags } from '../protocol/metrics.ts';
import { keptTags } from '../protocol/tag-sets.ts';
import { readTags } from './text-values.ts';
import type { UserState } from './user-state.ts';

/** `k6`: check, group, sleep, fail, randomSeed. */
export function createK6Module(state: UserState) {
  const { host } = state;
  const rejectInInit = (action: string) => {
    if (state.phase === 'init') throw new Error(`${action} in the init context is not supported`);
  };

  const check = (value: unknown, checks: Record<string, unknown>, custom?: Tags): boolean => {
    rejectInInit('Using check()');
    const tags = custom && readTags(custom);
    let passed = true;
    for (const [name, test] of Object.entries(checks ?? {})) {
      rejectSeparator(name);
      rejectAsync('the built-in check()', test);
      let ok = false;
      try {
        ok = Boolean(typeof test === 'function' ? (test as (value: unknown) => unknown)(value) : test);
      } finally {
        // A check that threw has failed.
        const checkTags = keptTags({ ...state.tags, ...tags, check: name });
        host.emit({ metric: 'checks', value: ok ? 1 : 0, tags: checkTags });
      }
      passed &&= ok;
    }
    return passed;
  };

  const group = <T>(title: unknown, work: () => T): T => {
    rejectInInit('Using group()');
    const name = String(title);
    rejectSeparator(name);
    if (typeof work !== 'function') throw new TypeError('group() requires a callback as a second argument');
    rejectAsync('group()', work);
    const outer = state.tags.group ?? '';
    state.tags.group = `${outer}::${name}`;
    const startedAt = state.now();
    try {
      return work();
    } finally {
      host.emit({ metric: 'group_duration', value: state.now() - startedAt, tags: keptTags(state.tags) });
      state.tags.group = outer;
    }
  };

  const sleep = (seconds: number): void => {
    rejectInInit('Using sleep()');
    if (seconds > 0) host.sleep(seconds * 1000);
  };

  const fail = (message = ''): never => {
    throw new Error(message);
  };

  const module = { check, group, sleep, fail, randomSeed: (seed: number) => state.math.seed(seed) };
  return { __esModule: true, ...module, default: module };
}

function rejectSeparator(name: string): void {
  if (name.includes('::')) throw new Error('group and check names may not contain "::"');
}

/** Only functions that are declared async: a promise is a value like any other. */
function rejectAsync(caller: string, work: unknown): void {
  if (typeof work === 'function' && work.constructor.name === 'AsyncFunction') {
    throw new TypeError(`${caller} does not support async functions as arguments`);
  }
}
