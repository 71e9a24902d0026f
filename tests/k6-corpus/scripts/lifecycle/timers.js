// expect: exit 0; checks 1/0
import { check } from 'k6';
export default async function () { await new Promise((resolve) => setTimeout(resolve, 20)); check(1, { later: () => true }); }
