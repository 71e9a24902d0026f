// expect: exit 0; iterations 2; log "Uncaught (in promise)"
export const options = { iterations: 2 };
export default async function () { Promise.reject(new Error('nobody waits')); await null; }
