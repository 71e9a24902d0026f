// expect: exit 0; checks 4/0
import { check } from 'k6';
import { parseHTML } from 'k6/html';

const FORM = `<form id='f"x'></form><label for='a"]'>A</label><input id='a"]' form='f"x'>`;
const MAP = `<map name='m"'></map><img id=i usemap='#m"'>`;

export default function () {
  const page = parseHTML(`${FORM}<label for='b\\'>B</label><input id='b\\'>${MAP}`);
  const element = (tag, index = 0) => page.find(tag).get(index);
  check(null, {
    'the field of a label': () => element('label').control().isSameNode(element('input')),
    'a backslash': () => element('label', 1).control().isSameNode(element('input', 1)),
    'form and labels of a field': () =>
      element('input').form().isSameNode(element('form')) && element('input').labels()[0].isSameNode(element('label')),
    'the images of a map': () => element('map').images()[0].id() === 'i',
  });
}
