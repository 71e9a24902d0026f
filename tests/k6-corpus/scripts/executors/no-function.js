// There is nothing to run.
// expect: exit 255; log "no exported functions in script"
export const options = { iterations: 1 };
