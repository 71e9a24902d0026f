// expect: exit 104; log "cannot import "k6/browser""
import x from 'k6/browser';
export default function () { x(); }
