// expect: exit 104; log "cannot import "k6/x/kafka""
import x from 'k6/x/kafka';
export default function () { x(); }
