// expect: exit 0; iterations 1
import { sleep } from 'k6';
export const options = { vus: 1, duration: '1s' };
export default function () { sleep(1.3); }
