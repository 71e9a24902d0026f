// expect: exit 0; iterations 3; log "boom"; no log "every iteration"
export const options = { iterations: 3 };
export default function () { if (__ITER === 1) throw new Error('boom'); }
