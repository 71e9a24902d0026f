// expect: exit 0; checks 2/1
import { check } from 'k6';
export default function () { check(5, { five: (v) => v === 5, six: (v) => v === 6, value: true }); }
