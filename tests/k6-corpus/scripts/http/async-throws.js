// expect: exit 0; checks 1/0
import { check } from 'k6';
import http from 'k6/http';
export default async function () {
  let caught = '';
  const params = { throw: true, timeout: 'soon' };
  await http.asyncRequest('GET', __ENV.BASE_URL, null, params).catch((error) => { caught = String(error); });
  check(caught, { rejected: (text) => text.includes('soon') });
}
