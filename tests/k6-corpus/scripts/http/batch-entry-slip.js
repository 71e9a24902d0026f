// expect: exit 104; requests 0; log "param"
import http from 'k6/http';
export default function () { http.batch([{ method: 'GET', url: __ENV.BASE_URL, param: { redirects: 0 } }]); }
