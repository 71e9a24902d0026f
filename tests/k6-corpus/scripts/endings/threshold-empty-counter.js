// expect: exit 99
import { Counter } from 'k6/metrics';
new Counter('made');
export const options = { thresholds: { made: ['count>0'] } };
export default function () {}
