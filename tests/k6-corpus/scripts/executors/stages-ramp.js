// expect: exit 0; no log "ERRO"
import { sleep } from 'k6';
export const options = { stages: [{ duration: '1s', target: 2 }], thresholds: { iterations: ['count>3'], vus_max: ['value==2'] } };
export default function () { sleep(0.05); }
