// expect: exit 0; checks 1/0
import { check, randomSeed } from 'k6';
export default function () { randomSeed(7); const first = Math.random(); randomSeed(7); check(Math.random(), { same: (n) => n === first }); }
