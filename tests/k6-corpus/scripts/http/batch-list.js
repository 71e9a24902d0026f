// expect: exit 0; checks 3/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const r = http.batch([B + '/echo', ['POST', B + '/echo', { a: 1 }], { method: 'PUT', url: B + '/echo', body: 'x' }]);
  check(null, {
    'all': () => r.length === 3 && r.every((one) => one.status === 200),
    'order': () => r[1].json('method') === 'POST' && r[1].json('body') === 'a=1',
    'object': () => r[2].json('method') === 'PUT',
  });
}
