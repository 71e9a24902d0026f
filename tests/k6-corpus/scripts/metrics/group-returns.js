// expect: exit 0; checks 3/0
import { check, group } from 'k6';

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'value': () => group('a', () => 7) === 7,
    'none': () => thrown(() => group('a')).includes('callback'),
    'async': () => thrown(() => group('a', async () => {})).includes('async'),
  });
}
