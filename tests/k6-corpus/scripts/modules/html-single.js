// expect: exit 0; checks 2/0
import { check } from 'k6';
import { parseHTML } from 'k6/html';

export default function () {
  const page = parseHTML('<ul><li>one<li>two</ul>');
  check(page, {
    'the first of two': () => page.single('li').size() === 1 && page.single('li').text() === 'one',
    'none of another name': () => page.single('ol').size() === 0,
  });
}
