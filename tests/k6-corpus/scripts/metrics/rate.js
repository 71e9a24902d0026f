// expect: exit 0; metric rr passes 2; metric rr fails 1
import { Rate } from 'k6/metrics';
const r = new Rate('rr');
export const options = { thresholds: { rr: ['rate>0.6'] } };
export default function () { r.add(true); r.add(1); r.add(false); }
