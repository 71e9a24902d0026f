// expect: exit 99; log "thresholds on metrics 'checks' were crossed"
import { check } from 'k6';
export const options = { vus: 1, duration: '20s', thresholds: { checks: [{ Threshold: 'rate>0.9', AbortonFail: true }] } };
export default function () { check(0, { holds: (value) => value === 1 }); }
