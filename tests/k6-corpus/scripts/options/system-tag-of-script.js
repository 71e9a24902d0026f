// expect: exit 0; requests 1
import http from 'k6/http';
export const options = {
  iterations: 1,
  systemTags: ['status'],
  thresholds: { 'http_reqs{service:checkout}': ['count==1'], 'http_reqs{method:GET}': ['count==0'] },
};
export default function () { http.get(__ENV.BASE_URL, { tags: { service: 'checkout' } }); }
