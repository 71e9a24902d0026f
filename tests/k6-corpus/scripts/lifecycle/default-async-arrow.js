// expect: exit 0; iterations 1
export default async () => { await null; };
