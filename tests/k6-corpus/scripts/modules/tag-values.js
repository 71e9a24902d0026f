// expect: exit 0; checks 3/0; log "only String, Boolean and Number"
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';
const added = new Counter('added');
const throws = (work) => { try { work(); return false; } catch { return true; } };
export default function () {
  check(null, {
    'a metric': () => added.add(1, { a: 1, b: true, c: 'x' }) && !added.add(1, { a: {} }) && !added.add(1, { a: undefined }),
    'a request': () => http.get(__ENV.BASE_URL, { tags: { a: [] } }).status === 0 && http.get(__ENV.BASE_URL, { tags: { a: 5 } }).status === 200,
    'a check and the user': () => throws(() => check(1, { one: () => true }, { a: null })) && throws(() => { exec.vu.metrics.tags = { a: 'b' }; }),
  });
}
