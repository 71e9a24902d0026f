// A script sees the globals of the language and of k6, in whatever function: none of the engine's.
// expect: exit 0; checks 7/0; log "process false Buffer false URL false fetch false atob false"
import { check } from 'k6';
import { setTimeout as laterFrom } from 'k6/timers';
const ENGINE = {
  process: typeof process, Buffer: typeof Buffer, URL: typeof URL, fetch: typeof fetch, atob: typeof atob, Bun: typeof Bun,
  require: typeof requireOfNode, setImmediate: typeof setImmediate, structuredClone: typeof structuredClone,
  performance: typeof performance, navigator: typeof navigator, Request: typeof Request,
  queueMicrotask: typeof queueMicrotask, WebAssembly: typeof WebAssembly, AbortController: typeof AbortController, self: typeof self,
};
const K6 = [typeof __ENV, typeof console, typeof crypto.subtle, typeof setTimeout, typeof clearInterval, typeof open, typeof laterFrom];
const noneOf = (types) => Object.values(types).every((type) => type === 'undefined');
function both() {
  return noneOf(ENGINE) && typeof process === 'undefined' && typeof Response === 'undefined' && globalThis.process === undefined;
}
export function setup() { return { inSetup: both() }; }
export default function ({ inSetup }) {
  check(null, {
    'init and iteration': both,
    setup: () => inSetup,
    'k6 has its own': () => K6.every((type) => ['object', 'function'].includes(type)) && global === globalThis && __VU === 1 && __ITER === 0,
    'texts become bytes and back': () => new TextDecoder('utf-8').decode(new TextEncoder().encode('ação')) === 'ação' && 'TextEncoder' in globalThis,
    'in none of its lists': () => !('process' in globalThis) && !Object.getOwnPropertyNames(globalThis).includes('Bun'),
    'a member of what is not there throws': () => { try { return process.env.HOME === null; } catch (error) { return error instanceof Error; } },
    'the language is there': () => [Map, Promise, Symbol, BigInt, Reflect, Uint8Array, WeakRef, Intl].every((type) => type !== undefined),
  });
}
export function handleSummary() {
  const names = ['process', 'Buffer', 'URL', 'fetch', 'atob'];
  return { stdout: names.map((name) => `${name} ${name in globalThis}`).join(' ') + (both() ? '' : ' LEFT') };
}
