// expect: exit 0; checks 1/0
import { check } from 'k6';
import { Counter } from 'k6/metrics';
const added = new Counter('added');
export const options = { iterations: 1, throw: true };
export default function () {
  let error = null;
  try { added.add('none'); } catch (e) { error = e; }
  check(error, { thrown: (e) => String(e).includes('none') });
}
