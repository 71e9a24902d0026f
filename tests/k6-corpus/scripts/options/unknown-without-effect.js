// expect: exit 0; iterations 1; log "unknown field "executor" in the script's options has no effect"
export const options = { executor: 'shared-iterations', vus: 1, iterations: 1, baseUrl: 'http://localhost' };
export default function () {}
