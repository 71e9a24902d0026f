// expect: exit 101
import { sleep } from 'k6';
export const options = { teardownTimeout: '300ms' };
export function teardown() { sleep(5); }
export default function () {}
