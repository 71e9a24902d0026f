// The paths are those of gjson.
// expect: exit 0; checks 7/0
import http from 'k6/http';
import { check } from 'k6';
export default function () {
  const r = http.get(__ENV.BASE_URL + '/json');
  check(r, {
    reverse: () => r.json('list.@reverse.0.id') === 2,
    keys: () => r.json('list.0.@keys').join() === 'id,name',
    values: () => r.json('list.0.@values').join() === '1,x',
    list: () => JSON.stringify(r.json('[a.b.0,list.#]')) === '[1,2]',
    object: () => JSON.stringify(r.json('{a.b.0,"n":list.#}')) === '{"0":1,"n":2}',
    pipe: () => r.json('list|0|name') === 'x',
    'another modifier': () => r.json('list.@nothing') === undefined,
  });
}
