// expect: exit 107; log "boom"
throw new Error('boom');
export default function () {}
