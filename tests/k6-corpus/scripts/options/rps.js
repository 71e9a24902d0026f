// expect: exit 0; requests 4
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export const options = { rps: 20, vus: 2, iterations: 4, thresholds: { iterations: ['rate<40'] } };
export default function () { http.get(B + '/echo'); }
