// expect: exit 0
import { Counter } from 'k6/metrics';
const c = new Counter('cc');
export const options = { thresholds: { 'cc{a:1,b:x}': ['count==1'], 'cc{ a : 1 }': ['count==2'] } };
export default function () { c.add(1, { a: 1, b: 'x' }); c.add(1, { a: 1 }); }
