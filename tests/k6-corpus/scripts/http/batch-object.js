// expect: exit 0; checks 1/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const r = http.batch({ first: B + '/echo', second: ['GET', B + '/status/404'] });
  check(null, {
    'names': () => r.first.status === 200 && r.second.status === 404,
  });
}
