// expect: exit 0; checks 2/0
import { check } from 'k6';
export const options = { vus: 2, iterations: 2 };
export function setup() { return { a: [1, { b: 2 }] }; }
export default function (data) { check(data, { copy: (d) => d.a[1].b === 2 }); }
export function teardown(data) { if (data.a[0] !== 1) throw new Error('no data'); }
