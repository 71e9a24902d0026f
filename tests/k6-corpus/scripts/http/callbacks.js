// expect: exit 0; requests 4; checks 5/0; metric http_req_failed passes 1; log "unsupported responseCallback"
import http from 'k6/http';
import { check } from 'k6';

const messageOf = (work) => {
  try {
    work();
    return '';
  } catch (error) {
    return String(error.message);
  }
};

// What judges nothing is an error, not a silence.
export default function () {
  const url = `${__ENV.BASE_URL}/status/404`;
  http.get(url);
  http.get(url, { responseCallback: null });
  http.get(url, { responseCallback: undefined });
  http.get(url, { responseCallback: http.expectedStatuses(404) });
  const failed = http.get(url, { responseCallback: { statuses: [404] } });
  check(failed, {
    'another object': ({ status }) => status === 0,
    'no callback': () => messageOf(() => http.setResponseCallback(404)) !== '',
    'no status': () => messageOf(() => http.expectedStatuses('404')) !== '',
    'no statuses': () => messageOf(() => http.expectedStatuses()) !== '',
    'no requests': () => messageOf(() => http.batch(url)).includes('array or an object'),
  });
}
