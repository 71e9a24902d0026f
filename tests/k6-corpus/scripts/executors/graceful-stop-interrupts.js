// k6 exits with 0 here; a test that has shown nothing is no success.
// expect: exit 110; iterations 0; log "no iteration finished"
import { sleep } from 'k6';
export const options = { scenarios: { s: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } } };
export default function () { try { sleep(9); } catch {} }
