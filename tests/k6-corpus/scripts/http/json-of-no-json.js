// expect: exit 0; checks 3/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const r = http.get(B + '/badjson');
  check(null, {
    'selector': () => r.json('a') === undefined,
    'throws': () => thrown(() => r.json()) !== '',
    'html': () => http.get(B + '/html').json('a.b') === undefined,
  });
}
