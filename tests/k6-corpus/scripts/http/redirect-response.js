// expect: exit 0; requests 4; checks 6/0; metric http_reqs{url:step} count 2
import http from 'k6/http';
import { check } from 'k6';

export const options = { thresholds: { 'http_reqs{url:step}': ['count==2'] } };

// A response is the last of a redirect, its request is the first, and a name stands for all addresses.
export default function () {
  const from = `${__ENV.BASE_URL}/redirect/1`;
  const response = http.get(from, { tags: { name: 'step' }, cookies: { own: '1' }, headers: { Cookie: 'raw=2' } });
  check(response, {
    'its request': ({ request }) => request.url === from && request.headers['Accept-Encoding'] === undefined,
    'its address': ({ url }) => url === `${__ENV.BASE_URL}/echo`,
    'where it came from': (r) => r.json('headers.referer') === from,
    'cookies of the parameters alone': (r) => r.json('headers.cookie') === 'own=1',
  });
  const stopped = http.get(`${__ENV.BASE_URL}/redirect/3`, { redirects: 1 });
  check(stopped, {
    'not followed': ({ status, error_code }) => status === 302 && error_code === 0,
    'the last address': ({ url }) => url === `${__ENV.BASE_URL}/redirect/2`,
  });
}
