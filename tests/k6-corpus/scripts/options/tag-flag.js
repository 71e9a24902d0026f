// args: --tag build=42
// expect: exit 0
export const options = { thresholds: { 'iterations{build:42}': ['count==1'] } };
export default function () {}
