// The paths are those of gjson; each call has values of its own.
// expect: exit 0; checks 7/0
import http from 'k6/http';
import { check } from 'k6';
export default function () {
  const r = http.get(__ENV.BASE_URL + '/json');
  check(r, {
    'one equals sign': () => r.json('list.#(name="y").id') === 2,
    'not like': () => r.json('list.#(name!%"x*").id') === 2,
    'a number as a text': () => r.json('list.#(id=="2").name') === 'y',
    'there at all': () => r.json('list.#(name)#|#') === 2,
    'a query in a query': () => r.json('@this.[list].#(#(name=="x"))#|#') === 1,
    'of the list behind a pipe': () => r.json('list.#(id>0)#|1.name') === 'y',
    'a copy each': () => {
      r.json('list').push(3);
      r.json('list.0').id = 9;
      return r.json('list.#') === 2 && r.json('list.0.id') === 1;
    },
  });
}
