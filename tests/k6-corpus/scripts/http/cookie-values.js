// expect: exit 0; checks 4/0
import http from 'k6/http';
import { check } from 'k6';

// The names of a jar's options are in any case; a cookie without a path is of the folder of its address.
export default function () {
  const jar = http.cookieJar();
  const isSet = jar.set(`${__ENV.BASE_URL}/shop/cart`, 'near', '1');
  jar.set(__ENV.BASE_URL, 'far', 'two words', { Path: '/', MAX_AGE: 60 });
  const cookieAt = (path) => http.get(`${__ENV.BASE_URL}${path}`).json('headers.cookie');
  check(null, {
    'set returns true': () => isSet === true,
    'in its folder': () => cookieAt('/shop/list') === 'near=1; far="two words"',
    'outside of it': () => cookieAt('/echo') === 'far="two words"',
    'a value without quotes': () => {
      const r = http.get(`${__ENV.BASE_URL}/set-cookie?quoted=%22a%20b%22`);
      return r.cookies.quoted[0].value === 'a b' && cookieAt('/').includes('quoted="a b"');
    },
  });
}
