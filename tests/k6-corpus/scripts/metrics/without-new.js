// expect: exit 0; metric made count 2; metric rated rate 1
import metrics, { Counter } from 'k6/metrics';
const made = Counter('made'), rated = metrics.Rate('rated');
export default function () { made.add(2); rated.add(true); }
