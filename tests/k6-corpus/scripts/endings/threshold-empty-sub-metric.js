// expect: exit 99
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export const options = { thresholds: { 'http_reqs{kind:none}': ['count>=1'] } };
export default function () { http.get(B + '/echo'); }
