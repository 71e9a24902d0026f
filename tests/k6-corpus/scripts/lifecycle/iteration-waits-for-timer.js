// expect: exit 0; checks 1/0
import { check } from 'k6';
export default function () { setTimeout(() => check(1, { fired: () => true }), 50); }
