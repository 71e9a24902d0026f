// expect: exit 0; checks 1/0
import { check } from 'k6';
import { setInterval, clearInterval } from 'k6/timers';
export default function () { let n = 0; const id = setInterval(() => { n += 1; if (n === 3) { clearInterval(id); check(n, { three: (v) => v === 3 }); } }, 5); }
