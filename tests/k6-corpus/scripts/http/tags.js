// expect: exit 0; requests 1
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export const options = { thresholds: { 'http_reqs{kind:x}': ['count==1'], 'http_req_duration{name:named}': ['max>0'], 'http_reqs{status:200}': ['count==1'], 'http_reqs{method:GET}': ['count==1'], 'http_reqs{expected_response:true}': ['count==1'] } };
export default function () { http.get(B + '/echo', { tags: { kind: 'x', name: 'named' } }); }
