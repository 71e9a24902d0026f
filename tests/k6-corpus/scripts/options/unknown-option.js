// expect: exit 104; log "tresholds"
export const options = { tresholds: {} };
export default function () {}
