// expect: exit 0; checks 2/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export const options = { discardResponseBodies: true };
export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'null': () => http.get(B + '/echo').body === null,
    'asked for': () => http.get(B + '/echo', { responseType: 'text' }).body.length > 0,
  });
}
