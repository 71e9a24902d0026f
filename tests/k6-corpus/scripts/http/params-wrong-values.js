// expect: exit 0; checks 4/0; log "is made by http.cookieJar()"; no log "is not a function"; no log "evaluating"
import { check } from 'k6';
import http from 'k6/http';
const errorOf = (work) => { try { work(); return ''; } catch (error) { return String(error); } };
export default function () {
  check(null, {
    jar: () => http.get(__ENV.BASE_URL, { jar: {} }).status === 0,
    batch: () => errorOf(() => http.batch([null])).includes('neither an address nor a request'),
    redirects: () => http.get(`${__ENV.BASE_URL}/redirect`, { redirects: 'x' }).status === 302,
    compression: () => http.post(__ENV.BASE_URL, 'x', { compression: 5 }).error.includes('unknown compression algorithm 5'),
  });
}
