// expect: exit 0; requests 2; log "takes an address and parameters only"
import http from 'k6/http';

// A body is not for these, and what is passed in its place is not sent without a word.
export default function () {
  http.get(`${__ENV.BASE_URL}/echo`, null, { tags: { kind: 'read' } });
  http.head(`${__ENV.BASE_URL}/echo`, {});
}
