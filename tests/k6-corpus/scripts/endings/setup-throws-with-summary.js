// expect: exit 107; log "boom"; log "a summary of 0 iterations"; no log "torn down"
export function setup() { throw new Error('boom'); }
export default function () {}
export function teardown() { console.log('torn down'); }
export function handleSummary({ metrics }) { console.log(`a summary of ${metrics.iterations?.values.count ?? 0} iterations`); return {}; }
