// expect: exit 0; checks 8/0
import { check } from 'k6';
import { SharedArray } from 'k6/data';
const rows = new SharedArray('rows', () => [{ a: 1 }, { a: 2 }]);
export const options = { vus: 2, iterations: 2 };
export default function () { check(rows, { length: (r) => r.length === 2, item: (r) => r[1].a === 2, each: (r) => r.map((row) => row.a).join() === '1,2', frozen: (r) => { try { r[0].a = 5; } catch { return r[0].a === 1; } return false; } }); }
