// expect: exit 0; iterations 2; log "every iteration threw"
export const options = { iterations: 2 };
export default function () { throw new Error('boom'); }
