// args: --iterations 2
// expect: exit 0; checks 12/0; requests 10
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
const params = { headers: {} };

export default function () {
  const sent = (r) => r.json('headers')['x-a'];
  params.headers = { 'X-A': '1' };
  const first = http.get(B + '/echo', params);
  params.headers['X-A'] = '2';
  const second = http.get(B + '/echo', params);
  delete params.headers['X-A'];
  const third = http.get(B + '/echo', params);
  const changed = http.get(B + '/set-cookie?a=1');
  const type = changed.headers['Content-Type'];
  changed.headers['Content-Type'] = 'mine';
  changed.headers['X-Mine'] = 'mine';
  changed.cookies.a[0].value = 'mine';
  changed.timings.duration = -1;
  changed.request.headers['X-Mine'] = ['mine'];
  changed.ocsp.status = 'mine';
  const next = http.get(B + '/set-cookie?a=1');
  check(null, {
    'headers of a request': () => sent(first) === '1' && sent(second) === '2' && sent(third) === undefined,
    'headers of a response': () => next.headers['Content-Type'] === type && !('X-Mine' in next.headers),
    'cookies': () => next.cookies.a[0].value === '1',
    'timings': () => next.timings.duration >= 0,
    'the request': () => !('X-Mine' in next.request.headers),
    'ocsp': () => next.ocsp.status === '',
  });
}
