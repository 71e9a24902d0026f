// k6 takes a file by its whole name.
// expect: exit 107; log "there is no such file"
import { opens } from '../lib/opens';
export default function () { opens(); }
