// expect: exit 0; checks 1/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'sent': () => http.request('GET', B + '/echo', 'query').json('headers.content-length') === '5',
  });
}
