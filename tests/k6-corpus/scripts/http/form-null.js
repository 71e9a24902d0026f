// As Go prints a nil.
// expect: exit 0; checks 1/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'nil': () => http.post(B + '/echo', { a: null }).json('body') === 'a=%3Cnil%3E',
  });
}
