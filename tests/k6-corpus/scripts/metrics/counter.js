// expect: exit 0; metric cc count 6
import { Counter } from 'k6/metrics';
const c = new Counter('cc'), d = new Counter('cc');
export const options = { thresholds: { cc: ['count==6'] } };
export default function () { c.add(1); c.add(2); d.add(3); }
