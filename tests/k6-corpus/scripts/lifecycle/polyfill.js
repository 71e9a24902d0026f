// A library may add what k6 has not; its users read it by its name.
// expect: exit 0; checks 5/0
import { check } from 'k6';
globalThis.TextEncoder = class { encode(text) { return Uint8Array.from(text, (c) => c.charCodeAt(0)); } };
(function (root) { root.process = { env: { MODE: 'test' } }; })(typeof globalThis !== 'undefined' ? globalThis : this);
Object.defineProperty(global, 'Buffer', { value: 'mine', configurable: true, writable: true });
globalThis.helper = () => 7;
export default function () {
  check(null, {
    class: () => new TextEncoder().encode('a')[0] === 97,
    object: () => process.env.MODE === 'test' && 'process' in globalThis,
    defined: () => Buffer === 'mine',
    'a name of its own': () => helper() === 7 && globalThis.helper() === 7,
    deleted: () => delete globalThis.process && typeof process === 'undefined' && !('process' in globalThis),
  });
}
