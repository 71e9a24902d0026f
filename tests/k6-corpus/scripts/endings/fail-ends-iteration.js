// expect: exit 0; iterations 2; no log "after"
import { fail } from 'k6';
export const options = { iterations: 2 };
export default function () { fail('no luck'); console.log('after'); }
