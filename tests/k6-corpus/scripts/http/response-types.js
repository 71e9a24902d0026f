// expect: exit 0; checks 3/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'binary': () => http.get(B + '/bytes/5', { responseType: 'binary' }).body.byteLength === 5,
    'none': () => http.get(B + '/echo', { responseType: 'none' }).body === null,
    'text': () => typeof http.get(B + '/echo').body === 'string',
  });
}
