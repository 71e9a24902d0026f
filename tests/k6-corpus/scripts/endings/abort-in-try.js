// expect: exit 108; no log "caught"; no log "finally"
import exec from 'k6/execution';
export default function () { try { exec.test.abort(); } catch { console.log('caught'); } finally { console.log('finally'); } }
