// expect: exit 0; checks 2/0
import { check } from 'k6';
import encoding from 'k6/encoding';
const throws = (...args) => { try { encoding.b64decode(...args); return false; } catch { return true; } };
export default function () {
  check(null, {
    'another form is refused': () => [['aGVsbG8'], ['####'], ['aGVsbG8=', 'rawstd'], ['_-8=', 'std'], ['+/8=', 'url'], ['aGVsb', 'rawurl']].every((args) => throws(...args)),
    'line ends are none': () => encoding.b64decode('aGVs\r\nbG8=\n', 'std', 's') === 'hello' && encoding.b64decode('', 'std', 's') === '',
  });
}
