// expect: exit 0; checks 1/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export async function setup() { return (await http.asyncRequest('GET', B + '/json')).json('a.b.0'); }
export default function (data) { check(data, { value: (d) => d === 1 }); }
