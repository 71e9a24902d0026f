// expect: exit 0
import { Gauge } from 'k6/metrics';
const g = new Gauge('gg');
export const options = { thresholds: { gg: ['value==3'] } };
export default function () { g.add(5); g.add(3); }
