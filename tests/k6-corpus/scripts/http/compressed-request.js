// expect: exit 0; checks 4/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'gzip': () => http.post(B + '/echo', 'x'.repeat(100), { compression: 'gzip' }).json('headers.content-encoding') === 'gzip',
    'deflate': () => http.post(B + '/echo', 'x'.repeat(100), { compression: 'deflate' }).json('headers.content-encoding') === 'deflate',
    'br': () => http.post(B + '/echo', 'x'.repeat(100), { compression: 'br' }).json('headers.content-encoding') === 'br',
    'zstd': () => http.post(B + '/echo', 'x'.repeat(100), { compression: 'zstd' }).json('headers.content-encoding') === 'zstd',
  });
}
