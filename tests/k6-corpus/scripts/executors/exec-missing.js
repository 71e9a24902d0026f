// expect: exit 104; log "function 'nothing' not found in exports"
export const options = { scenarios: { s: { executor: 'shared-iterations', exec: 'nothing' } } };
export default function () {}
