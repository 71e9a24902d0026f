// expect: exit 0; checks 2/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export const options = { blockHostnames: ['*.test'] };
export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'blocked': () => http.get('http://bad.test/').error_code === 1111,
    'others': () => http.get(B + '/echo').status === 200,
  });
}
