// expect: exit 107; log "exported 'setup' must be a function"
export const setup = { user: 'ada' };
export default function () {}
