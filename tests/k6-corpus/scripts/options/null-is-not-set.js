// expect: exit 0; iterations 3
export const options = { vus: 3, iterations: 3, duration: null, stages: null, scenarios: null, dns: null, tlsVersion: null };
export default function () {}
