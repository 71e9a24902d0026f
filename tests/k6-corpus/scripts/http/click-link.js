// expect: exit 0; checks 1/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'followed': () => http.get(B + '/html').clickLink().json('path') === '/echo?from=link',
  });
}
