// expect: exit 0; requests 2
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export const options = { thresholds: { 'http_reqs{name:/echo?id=${}}': ['count==2'] } };
export default function () { for (const id of [1, 2]) http.request('GET', { url: `${B}/echo?id=${id}`, name: '/echo?id=${}' }); }
