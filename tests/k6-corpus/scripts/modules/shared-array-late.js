// expect: exit 0; log "init context"
import { SharedArray } from 'k6/data';
export default function () { new SharedArray('x', () => []); }
