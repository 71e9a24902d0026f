// expect: exit 0; log "own summary 1"
export default function () {}
export function handleSummary(data) { return { stdout: `own summary ${data.metrics.iterations.values.count}` }; }
