// expect: exit 0; checks 2/0
import { check } from 'k6';
export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 2, iterations: 1 } } };
export default async function () { check(globalThis.seen, { own: (v) => v === undefined }); globalThis.seen = 1; }
