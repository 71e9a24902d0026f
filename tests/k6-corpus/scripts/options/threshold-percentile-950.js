// expect: exit 104
export const options = { thresholds: { iteration_duration: ['p(950)<500'] } };
export default function () {}
