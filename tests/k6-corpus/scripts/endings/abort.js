// expect: exit 108; no log "after"
import exec from 'k6/execution';
export const options = { iterations: 5 };
export default function () { exec.test.abort('enough'); console.log('after'); }
