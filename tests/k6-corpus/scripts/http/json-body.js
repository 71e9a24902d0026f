// expect: exit 0; checks 2/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const r = http.post(B + '/echo', JSON.stringify({ a: 1 }));
  check(null, {
    'kept': () => r.json('body') === '{"a":1}',
    'no type': () => r.json('headers.content-type') !== 'application/x-www-form-urlencoded',
  });
}
