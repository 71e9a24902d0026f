// expect: exit 0; checks 3/0
import { check } from 'k6';

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'true': () => check(1, { a: true }) === true,
    'not': () => check(1, {}) === true,
  });
}
