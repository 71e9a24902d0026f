// expect: exit 104; log "scenario a: missing or empty type field"
export const options = { scenarios: { a: null } };
export default function () {}
