// expect: exit 0; checks 0/1; log "boom"
import { check } from 'k6';
export default function () { check(1, { a: () => { throw new Error('boom'); } }); }
