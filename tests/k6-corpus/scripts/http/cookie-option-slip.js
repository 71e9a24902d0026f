// expect: exit 104; log "httponly"
import http from 'k6/http';
export default function () { http.cookieJar().set(__ENV.BASE_URL, 'a', 'b', { httpOnly: true }); }
