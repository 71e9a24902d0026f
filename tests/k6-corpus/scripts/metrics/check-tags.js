// expect: exit 0; checks 1/0
import { check } from 'k6';
export const options = { thresholds: { 'checks{kind:x}': ['rate==1'] } };
export default function () { check(1, { a: true }, { kind: 'x' }); }
