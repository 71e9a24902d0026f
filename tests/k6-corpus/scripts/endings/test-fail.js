// expect: exit 110; iterations 3
import exec from 'k6/execution';
export const options = { iterations: 3 };
export default function () { exec.test.fail('bad'); }
