// expect: exit 0; iterations 1
export const options = { handleSummaryTimeout: '5m' };
export default function () {}
