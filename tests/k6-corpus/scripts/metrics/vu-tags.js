// expect: exit 0
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
const c = new Counter('cc');
export const options = { thresholds: { 'cc{step:two}': ['count==1'] } };
export default function () { exec.vu.metrics.tags.step = 'two'; c.add(1); }
