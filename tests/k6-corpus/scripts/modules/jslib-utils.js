// expect: exit 0; checks 3/0
import { check } from 'k6';
import { randomIntBetween, randomItem, uuidv4 } from 'https://jslib.k6.io/k6-utils/1.4.0/index.js';
export default function () { check(null, { int: () => [1, 2].includes(randomIntBetween(1, 2)), item: () => randomItem(['a']) === 'a', uuid: () => uuidv4().length === 36 }); }
