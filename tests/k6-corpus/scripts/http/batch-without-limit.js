// expect: exit 0; requests 12; checks 1/0
import { check } from 'k6';
import http from 'k6/http';
export const options = { batch: 0, batchPerHost: 0 };
export default function () {
  const responses = http.batch(Array.from({ length: 12 }, () => __ENV.BASE_URL));
  check(responses, { all: (list) => list.length === 12 && list.every(({ status }) => status === 200) });
}
