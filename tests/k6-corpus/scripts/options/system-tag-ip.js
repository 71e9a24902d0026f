// expect: exit 0; requests 1
import http from 'k6/http';
export const options = {
  iterations: 1,
  systemTags: ['status', 'ip'],
  thresholds: { 'http_reqs{ip:127.0.0.1}': ['count==1'], 'http_reqs{status:200}': ['count==1'], 'http_reqs{method:GET}': ['count==0'] },
};
export default function () { http.get(__ENV.BASE_URL); }
