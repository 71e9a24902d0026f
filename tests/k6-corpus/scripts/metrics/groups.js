// expect: exit 0; checks 1/0; metric group_duration count 0
import { check, group } from 'k6';
export const options = { thresholds: { 'checks{group:::a::b}': ['rate==1'], 'group_duration{group:::a}': ['max>=0'] } };
export default function () { group('a', () => group('b', () => check(1, { x: true }))); }
