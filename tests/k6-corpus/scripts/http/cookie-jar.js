// expect: exit 0; checks 4/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const jar = http.cookieJar(); jar.set(B, 'x', 'y');
  check(null, {
    'set': () => http.get(B + '/echo').json('headers.cookie') === 'x=y',
    'for url': () => jar.cookiesForURL(B).x[0] === 'y',
    'delete': () => (jar.delete(B, 'x'), http.get(B + '/echo').json('headers.cookie') === undefined),
    'clear': () => (jar.set(B, 'z', '1'), jar.clear(B), jar.cookiesForURL(B).z === undefined),
  });
}
