// expect: exit 0; requests 0; checks 3/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'body': () => http.post(B + '/echo', 5).status === 0,
    'type': () => http.get(B + '/echo', { responseType: 'x' }).status === 0,
    'timeout': () => http.get(B + '/echo', { timeout: 'x' }).status === 0,
  });
}
