// expect: exit 104; log "cannot import "k6/net/grpc""
import x from 'k6/net/grpc';
export default function () { x(); }
