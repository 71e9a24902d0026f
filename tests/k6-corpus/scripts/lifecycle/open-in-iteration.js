// expect: exit 0; log "init stage"
export default function () { open('./open.js'); }
