// expect: exit 0; checks 2/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const jar = new http.CookieJar(); jar.set(B, 'x', 'y');
  check(null, {
    'used': () => http.get(B + '/echo', { jar }).json('headers.cookie') === 'x=y',
    'not kept': () => http.get(B + '/echo').json('headers.cookie') === undefined,
  });
}
