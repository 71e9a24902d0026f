// expect: exit 0; checks 2/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default async function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const r = await http.asyncRequest('GET', B + '/echo'); const list = await Promise.all([http.asyncRequest('GET', B + '/echo'), http.asyncRequest('POST', B + '/echo', 'x')]);
  check(null, {
    'status': () => r.status === 200,
    'both': () => list.length === 2 && list[1].json('method') === 'POST',
  });
}
