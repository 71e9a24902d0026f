// Not offered: refused by name.
// expect: exit 104; log "ntlm"
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export default function () { http.get(B + '/echo', { auth: 'ntlm' }); }
