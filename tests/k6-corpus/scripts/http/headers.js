// expect: exit 0; checks 2/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const r = http.get(B + '/echo', { headers: { 'X-Me': '1', 'User-Agent': 'me/1' } });
  check(null, {
    'own': () => r.json('headers.x-me') === '1',
    'agent': () => r.json('headers.user-agent') === 'me/1',
  });
}
