// Paths begin at the module that opens.
// expect: exit 0; checks 1/0
import { check } from 'k6';
import { text } from '../lib/opens.js';
export default function () { check(text, { near: (t) => t.trim() === 'in lib' }); }
