// expect: exit 0; checks 2/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'gzip': () => http.get(B + '/gzip').body === 'squeezed',
    'br': () => http.get(B + '/brotli').body === 'squeezed',
  });
}
