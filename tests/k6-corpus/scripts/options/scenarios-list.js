// expect: exit 104; log "scenarios must be an object"
export const options = { scenarios: [{ executor: 'shared-iterations' }] };
export default function () {}
