// expect: exit 255; log "no exported functions in script"
export default 5;
