// expect: exit 108; log "teardown ran"
import exec from 'k6/execution';
export default function () { exec.test.abort('x'); }
export function teardown() { console.log('teardown ran'); }
