// expect: exit 0; checks 7/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const r = http.get(B + '/echo');
  check(null, {
    'status': () => r.status === 200 && r.status_text === '200 OK',
    'proto': () => r.proto === 'HTTP/1.1',
    'url': () => r.url === B + '/echo',
    'error': () => r.error === '' && r.error_code === 0,
    'timings': () => r.timings.duration > 0 && r.timings.waiting >= 0 && 'connecting' in r.timings,
    'remote': () => r.remote_ip === '127.0.0.1' && r.remote_port > 0,
    'request': () => r.request.method === 'GET' && r.request.url === B + '/echo',
  });
}
