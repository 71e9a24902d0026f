// expect: exit 0; checks 1/0
import { check } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: { s: { executor: 'shared-iterations', startTime: '500ms' } } };
export default function () { check(exec.instance.currentTestRunDuration, { late: (ms) => ms >= 490 }); }
