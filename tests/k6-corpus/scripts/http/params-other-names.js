// expect: exit 0; requests 2
import http from 'k6/http';
export default function () {
  http.get(__ENV.BASE_URL, { comment: 'of the author', headers: null, tags: null, cookies: null, jar: null });
  http.batch([{ method: 'GET', url: __ENV.BASE_URL, note: 'x' }]);
}
