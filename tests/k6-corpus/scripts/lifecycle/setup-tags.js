// expect: exit 0; requests 3
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export const options = { tags: { env: 'x' }, thresholds: { 'http_reqs{env:x}': ['count==3'], 'http_reqs{group:::setup}': ['count==1'], 'http_reqs{group:::teardown}': ['count==1'] } };
export function setup() { http.get(B + '/echo'); }
export default function () { http.get(B + '/echo'); }
export function teardown() { http.get(B + '/echo'); }
