// expect: exit 0; log "text 1 {"a":[1]} null undefined"; log "Error: oops"; log "[object Function]"
export default function () { console.log('text', 1, { a: [1] }, null, undefined); console.error(new Error('oops')); console.warn(() => 1); }
