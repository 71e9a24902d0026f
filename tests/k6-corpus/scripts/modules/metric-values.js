// expect: exit 0; checks 1/0; metric added count 6; log "'5abc' is an invalid value"
import { check } from 'k6';
import { Trend } from 'k6/metrics';
const added = new Trend('added');
export const options = { iterations: 1, summaryTrendStats: ['count', 'max'] };
const NUMBERS = [true, '5', ' 7 ', '', [8], new Date(9)];
const NONE = ['5abc', {}, [1, 2], null, undefined, NaN];
export default function () {
  check(null, { values: () => NUMBERS.every((value) => added.add(value)) && NONE.every((value) => !added.add(value)) });
}
