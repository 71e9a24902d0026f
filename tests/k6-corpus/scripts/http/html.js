// expect: exit 0; checks 3/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const r = http.get(B + '/html');
  check(null, {
    'find': () => r.html('li').size() === 2,
    'text': () => r.html().find('title').text() === 'Shop',
    'attr': () => r.html('a').attr('href') === '/echo?from=link',
  });
}
