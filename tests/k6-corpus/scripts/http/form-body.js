// expect: exit 0; checks 2/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const r = http.post(B + '/echo', { b: 'x y&', a: 1 });
  check(null, {
    'encoded': () => r.json('body') === 'a=1&b=x+y%26',
    'type': () => r.json('headers.content-type') === 'application/x-www-form-urlencoded',
  });
}
