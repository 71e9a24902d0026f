// expect: exit 0; checks 6/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    '404': () => http.get(B + '/status/404').error_code === 1404,
    '503': () => http.get(B + '/status/503').error_code === 1503,
    'refused': () => http.get('http://127.0.0.1:1').error_code === 1212,
    'no host': () => http.get('http://no-such-host.invalid').error_code === 1101,
    'timeout': () => http.get(B + '/delay/2000', { timeout: 100 }).error_code === 1050,
    'url': () => http.get(undefined).error_code === 1020,
  });
}
