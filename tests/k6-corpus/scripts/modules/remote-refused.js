// expect: exit 104; log "--allow-net"
import x from 'https://example.invalid/lib.js';
export default function () { x(); }
