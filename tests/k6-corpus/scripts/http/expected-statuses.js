// The samples of a rate that are 0 are its fails.
// expect: exit 0; metric http_req_failed fails 2
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
http.setResponseCallback(http.expectedStatuses(404, { min: 500, max: 599 }));
export default function () { http.get(B + '/status/404'); http.get(B + '/status/503'); }
