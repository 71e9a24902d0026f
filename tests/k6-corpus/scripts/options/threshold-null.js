// expect: exit 104; log "thresholds: null is no threshold"
export const options = { thresholds: { checks: [null] } };
export default function () {}
