// An assignment to a constant throws when it runs, and not before.
// expect: exit 0; iterations 1; checks 10/0
import { check, sleep } from 'k6';
import { text } from '../lib/opens.js';
const list = [1];
const thrown = (work) => { try { work(); return ''; } catch ({ name, message }) { return `${name}: ${message}`; } };
const error = 'TypeError: Assignment to constant variable.';

export function notCalled() { for (const at = 0; at < 3; at++) sleep(at); }

export default function () {
  const count = 4;
  check(null, {
    'an assignment': () => thrown(() => { count = 5; }) === error && count === 4,
    'a step': () => thrown(() => { for (const at = 0; at < 3; at++) sleep(0); }) === error,
    'a pattern': () => thrown(() => { [count] = list; }) === error,
    'a property of a pattern': () => thrown(() => { ({ count } = { count: 5 }); }) === error,
    'one with another': () => thrown(() => { let other; ({ other, count } = { other, count }); }) === error,
    'one with a default': () => thrown(() => { ({ count = 5 } = {}); }) === error,
    'a pattern in a loop': () => thrown(() => { for ({ count } of [{ count: 5 }]) sleep(0); for (count of list) sleep(0); }) === error,
    'two in a line, of other forms': () => thrown(() => { { count = 5 } [count] = list; ({ x: { count } } = { x: {} }); }) === error,
    'an import': () => thrown(() => { text += 'x'; }) === error,
    'one that is not made': () => thrown(() => { count ||= 5; }) === '',
  });
}
