// expect: exit 0; checks 2/0
import { check } from 'k6';
const text = open('../data/a.txt'), bytes = open('../data/a.txt', 'b');
export default function () { check(null, { text: () => text.trim() === 'hello', bytes: () => new Uint8Array(bytes)[0] === 104 }); }
