// expect: exit 107
import x from './no-such-file.js';
export default function () { x(); }
