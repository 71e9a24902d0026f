// expect: exit 0; checks 2/0; metric http_req_duration{error_code:1212} max 0
import http from 'k6/http';
import { check } from 'k6';

export const options = { thresholds: { 'http_req_duration{error_code:1212}': ['max==0'] } };

// A request that got no connection has no time: its duration is that of an exchange.
export default async function () {
  const refused = ({ error_code, timings, remote_ip }) =>
    error_code === 1212 && timings.duration === 0 && timings.blocked === 0 && remote_ip === '';
  check(http.get('http://127.0.0.1:1/'), { 'of a call that blocks': refused });
  check(await http.asyncRequest('GET', 'http://127.0.0.1:1/'), { 'of one that does not': refused });
}
