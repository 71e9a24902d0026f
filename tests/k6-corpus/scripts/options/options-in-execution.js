// expect: exit 0; checks 1/0
import { check } from 'k6';
import exec from 'k6/execution';
export const options = { vus: 1, iterations: 1, tags: { a: 'b' } };
export default function () { check(exec.test.options, { tags: (o) => o.tags.a === 'b' }); }
