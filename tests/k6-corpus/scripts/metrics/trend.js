// expect: exit 0
import { Trend } from 'k6/metrics';
const t = new Trend('tt', true);
export const options = { thresholds: { tt: ['min==-5', 'max==10', 'avg==2.5', 'med==2.5', 'p(50)==2.5'] } };
export default function () { t.add(-5); t.add('10'); }
