// expect: exit 104; log "cannot import "k6/experimental/redis""
import x from 'k6/experimental/redis';
export default function () { x(); }
