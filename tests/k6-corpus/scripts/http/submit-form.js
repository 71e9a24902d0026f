// expect: exit 0; checks 2/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const s = http.get(B + '/html').submitForm({ fields: { user: 'bob' } });
  check(null, {
    'sent': () => s.json('body') === 'csrf=x&size=m&user=bob',
    'method': () => s.json('method') === 'POST',
  });
}
