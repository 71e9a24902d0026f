// expect: exit 0; requests 7; checks 3/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const r = http.get(B + '/redirect/2');
  check(null, {
    'followed': () => r.status === 200 && r.url === B + '/echo',
    'not followed': () => http.get(B + '/redirect/1', { redirects: 0 }).status === 302,
    'some': () => http.get(B + '/redirect/5', { redirects: 2 }).status === 302,
  });
}
