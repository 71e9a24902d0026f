// expect: exit 0; checks 1/1
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export const options = { iterations: 2, noCookiesReset: true };
export default function () { check(http.get(B + '/echo').json('headers.cookie'), { none: (c) => c === undefined }); http.get(B + '/set-cookie?a=1'); }
