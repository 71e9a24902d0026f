// expect: exit 0; checks 3/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const r = http.post(B + '/echo', { a: 'b', f: http.file('text', 'f.txt', 'text/plain') });
  check(null, {
    'type': () => r.json('headers.content-type').startsWith('multipart/form-data; boundary='),
    'file': () => r.json('body').includes('filename="f.txt"'),
    'field': () => r.json('body').includes('name="a"'),
  });
}
