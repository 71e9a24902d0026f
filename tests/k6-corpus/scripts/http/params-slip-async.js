// expect: exit 104; requests 0; log "Headers"
import http from 'k6/http';
export default async function () { await http.asyncRequest('GET', __ENV.BASE_URL, null, { Headers: { a: 'b' } }); }
