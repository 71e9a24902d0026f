// expect: exit 0; checks 6/0
import http from 'k6/http';
import { check } from 'k6';
const B = __ENV.BASE_URL;

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  const r = http.get(B + '/json');
  check(null, {
    'path': () => r.json('a.b.2.c') === 'd',
    'length': () => r.json('a.b.#') === 3,
    'each': () => r.json('list.#.id').join() === '1,2',
    'query': () => r.json('list.#(name=="y").id') === 2,
    'none': () => r.json('a.nothing') === undefined,
    'whole': () => r.json().list.length === 2,
  });
}
