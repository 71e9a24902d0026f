// args: --no-teardown
// expect: exit 0; no log "gone"
export default function () {}
export function teardown() { console.log('gone'); }
