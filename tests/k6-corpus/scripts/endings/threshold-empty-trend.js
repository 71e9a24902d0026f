// expect: exit 99
import { Trend } from 'k6/metrics';
new Trend('took');
export const options = { thresholds: { took: ['avg>0'] } };
export default function () {}
