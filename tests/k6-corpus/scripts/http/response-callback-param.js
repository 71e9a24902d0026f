// expect: exit 0; metric http_req_failed passes 0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export default function () { http.get(B + '/status/500', { responseCallback: http.expectedStatuses(500) }); }
