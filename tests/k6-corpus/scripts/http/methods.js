// expect: exit 0; checks 8/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'get': () => http.get(B + '/echo').json('method') === 'GET',
    'post': () => http.post(B + '/echo', 'x').json('method') === 'POST',
    'put': () => http.put(B + '/echo', 'x').json('method') === 'PUT',
    'patch': () => http.patch(B + '/echo', 'x').json('method') === 'PATCH',
    'del': () => http.del(B + '/echo').json('method') === 'DELETE',
    'options': () => http.options(B + '/echo').json('method') === 'OPTIONS',
    'head': () => http.head(B + '/echo').status === 200,
    'request': () => http.request('REPORT', B + '/echo').status > 0,
  });
}
