// expect: exit 0; checks 1/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;
export const options = { blacklistIPs: ['10.0.0.0/8'] };
export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'blocked': () => http.get('http://10.1.2.3/').error_code === 1110,
  });
}
