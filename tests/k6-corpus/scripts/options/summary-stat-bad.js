// expect: exit 104
export const options = { summaryTrendStats: ['p(101)'] };
export default function () {}
