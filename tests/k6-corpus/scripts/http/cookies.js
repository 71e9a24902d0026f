// expect: exit 0; checks 3/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const set = http.get(B + '/set-cookie?a=1&b=2'); const r = http.get(B + '/echo');
  check(null, {
    'sent': () => r.json('headers.cookie') === 'a=1; b=2',
    'own': () => http.get(B + '/echo', { cookies: { c: '3' } }).json('headers.cookie').includes('c=3'),
    'set': () => set.cookies.a[0].value === '1' && set.cookies.a[0].path === '/',
  });
}
