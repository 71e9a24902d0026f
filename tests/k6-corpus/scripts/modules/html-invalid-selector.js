// expect: exit 0; checks 4/0
import { check } from 'k6';
import { parseHTML } from 'k6/html';

export default function () {
  const page = parseHTML('<p class=a>x</p><p>y</p>');
  check(null, {
    'find': () => page.find('p[').size() === 0 && page.find('p:nope').size() === 0,
    'is, filter, not': () => !page.find('p').is('p[') && page.find('p').filter('p[').size() === 0 && page.find('p').not('p[').size() === 2,
    'closest, children, next': () => page.find('p').closest('p[').size() + page.find('body').children('p[').size() + page.find('p').next('p[').size() === 0,
    'of an element': () => page.find('body').get(0).querySelectorAll('p[').length === 0 && !page.find('p').get(0).matches('p['),
  });
}
