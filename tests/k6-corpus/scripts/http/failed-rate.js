// expect: exit 99; metric http_req_failed passes 1
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export const options = { thresholds: { http_req_failed: ['rate<0.1'] } };
export default function () { http.get(B + '/status/500'); http.get(B + '/echo'); }
