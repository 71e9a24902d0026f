// expect: exit 0; iterations 1; log "boom"
export default async function () { await Promise.reject(new Error('boom')); }
