// expect: exit 0; log "ReferenceError"
export default function () { undeclared = 5; }
