// expect: exit 0; checks 1/0
import { check } from 'k6';
export const options = { scenarios: { s: { executor: 'shared-iterations', env: { KIND: 'x' }, tags: { kind: 'y' } } }, thresholds: { 'checks{kind:y}': ['rate==1'] } };
export default function () { check(__ENV.KIND, { env: (kind) => kind === 'x' }); }
