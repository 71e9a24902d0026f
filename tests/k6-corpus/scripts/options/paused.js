// expect: exit 104; log "paused"
export const options = { paused: true };
export default function () {}
