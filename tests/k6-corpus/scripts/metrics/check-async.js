// expect: exit 0; log "async"
import { check } from 'k6';
export default function () { check(1, { a: async () => true }); }
