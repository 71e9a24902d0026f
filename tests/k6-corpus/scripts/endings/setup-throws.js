// expect: exit 107; log "boom"
export function setup() { throw new Error('boom'); }
export default function () {}
