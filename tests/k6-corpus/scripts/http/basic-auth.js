// expect: exit 0; checks 2/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'url': () => http.get(`http://user:passwd@${__ENV.HOST}/basic`).status === 200,
    'without': () => http.get(B + '/basic').status === 401,
  });
}
