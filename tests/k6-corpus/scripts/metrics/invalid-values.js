// expect: exit 0; log "invalid value"; metric tt count 0
import { Trend } from 'k6/metrics';
const t = new Trend('tt');
export default function () { t.add(NaN); t.add(null); }
