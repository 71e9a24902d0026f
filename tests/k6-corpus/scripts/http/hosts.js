// expect: exit 0; checks 2/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export const options = { hosts: { 'shop.test': __ENV.HOST, '*.shop.test': __ENV.HOST } };
export default function () { for (const name of ['shop.test', 'a.shop.test']) check(http.get(`http://${name}/echo`), { led: (r) => r.status === 200 && r.json('headers.host') === name }); }
