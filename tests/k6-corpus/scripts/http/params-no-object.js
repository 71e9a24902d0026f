// expect: exit 104; requests 0; log "must be an object"
import http from 'k6/http';
export default function () { http.post(__ENV.BASE_URL, '{}', 'application/json'); }
