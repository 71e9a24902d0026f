// expect: exit 0; checks 2/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'thrown': () => thrown(() => http.get('http://127.0.0.1:1', { throw: true })) !== '',
    'not thrown': () => thrown(() => http.get('http://127.0.0.1:1')) === '',
  });
}
