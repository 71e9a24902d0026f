// expect: exit 104; log "no metric name"
export const options = { thresholds: { nothing_like_it: ['count>0'] } };
export default function () {}
