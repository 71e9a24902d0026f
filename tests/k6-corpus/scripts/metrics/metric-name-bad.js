// expect: exit 107; log "Invalid metric name"
import { Counter } from 'k6/metrics';
new Counter('not good');
export default function () {}
