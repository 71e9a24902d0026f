// expect: exit 0; log "bad summary"
export function handleSummary() { throw new Error('bad summary'); }
export default function () {}
