// expect: exit 0; checks 1/0
import { check } from 'k6';
const text = open(import.meta.resolve('../data/a.txt'));
export default function () { check(text, { read: (t) => t.trim() === 'hello' }); }
