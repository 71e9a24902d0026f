// expect: exit 0; checks 5/0
import http from 'k6/http';
import { check } from 'k6';
export default function () {
  const r = http.get(__ENV.BASE_URL + '/json');
  check(r, {
    'its functions are its own': (r) => r.hasOwnProperty('json') && r.hasOwnProperty('submitForm'),
    'its names have them': (r) => ['body', 'json', 'html', 'clickLink'].every((name) => Object.keys(r).includes(name)),
    'a copy has them': (r) => ({ ...r }).json('list.#') === 2,
    'an assigned copy has them': (r) => Object.assign({}, r).json().list.length === 2,
    'its JSON has none': (r) => JSON.parse(JSON.stringify(r)).json === undefined,
  });
}
