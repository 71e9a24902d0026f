// Users that share a thread see the same.
// expect: exit 0; checks 2/0
import { check } from 'k6';
export default async function () {
  await new Promise((resolve) => setTimeout(resolve, 1));
  check(null, {
    none: () => [typeof process, typeof Buffer, typeof URL, typeof Response, typeof self, typeof performance].every((t) => t === 'undefined'),
    k6: () => typeof crypto.randomUUID() === 'string' && typeof __ENV === 'object' && typeof console.log === 'function',
  });
}
