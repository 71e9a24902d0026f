// expect: exit 0; requests 4; checks 7/0; metric http_req_duration{error_code:1000} max 0
import http from 'k6/http';
import { check } from 'k6';

export const options = { thresholds: { 'http_req_duration{error_code:1000}': ['max==0'] } };

const HOST = __ENV.BASE_URL.replace('http://', '');

// What cannot be read is no request; another scheme is one, and fails.
export default async function () {
  const hasCode = (code) => (response) => response.error_code === code && response.status === 0;
  check(http.get(HOST), { 'an address without its scheme': hasCode(1020) });
  check(http.get(` ${__ENV.BASE_URL}`), { 'a gap in front': hasCode(1020) });
  check(http.get(`${__ENV.BASE_URL}/echo\r`), { 'the end of a line': hasCode(1020) });
  check(http.get(`${__ENV.BASE_URL}/100%`), { 'a percent sign in the path': hasCode(1020) });
  check(http.get(`${__ENV.BASE_URL}/echo?off=100%`), { 'one in the query': ({ status }) => status === 200 });
  check(http.get('echo'), { 'no scheme at all': hasCode(1000) });
  check(http.get('ftp://127.0.0.1/'), { 'another scheme': hasCode(1000) });
  await http.asyncRequest('GET', 'localhost:1/');
}
