// expect: exit 0; checks 6/0
import { check } from 'k6';
import encoding from 'k6/encoding';

export default function () {
  const thrown = (work) => { try { work(); return ''; } catch (error) { return String(error.message); } };
  
  check(null, {
    'encode': () => encoding.b64encode('hello') === 'aGVsbG8=',
    'raw': () => encoding.b64encode('hello', 'rawstd') === 'aGVsbG8',
    'url': () => encoding.b64encode(new Uint8Array([251, 255]), 'url') === '-_8=',
    'decode': () => encoding.b64decode('aGVsbG8=', 'std', 's') === 'hello',
    'bytes': () => encoding.b64decode('aGVsbG8=').byteLength === 5,
    'null': () => encoding.b64decode('aGVsbG8=', null, 's') === 'hello',
  });
}
