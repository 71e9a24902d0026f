// expect: exit 107; log "init context"
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
http.get(B + '/echo');
export default function () { check(1, {}); }
