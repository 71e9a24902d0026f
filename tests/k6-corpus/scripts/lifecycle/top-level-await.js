// expect: exit 0; checks 1/0
import { check } from 'k6';
const seven = await Promise.resolve(7);
export default function () { check(seven, { seven: (v) => v === 7 }); }
