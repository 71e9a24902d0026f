// expect: exit 0; checks 2/0
import { check, group } from 'k6';
import exec from 'k6/execution';
export const options = { thresholds: { 'checks{group:::5}': ['rate==1'] } };
export default function () {
  group(5, () => check(1, { inside: true }));
  exec.vu.metrics.metadata.trace = 'x';
  check(exec.vu.metrics.metadata, { kept: (m) => m.trace === 'x' });
}
