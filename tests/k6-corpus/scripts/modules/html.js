// expect: exit 0; checks 3/0
import { check } from 'k6';
import { parseHTML } from 'k6/html';

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'parse': () => parseHTML('<p id=a>x<p>y').find('p').size() === 2,
    'each': () => (() => { const seen = []; parseHTML('<i>1</i><i>2</i>').find('i').each((at, node) => seen.push(node.textContent())); return seen.join() === '1,2'; })(),
    'val': () => parseHTML('<input value=v>').find('input').val() === 'v',
  });
}
