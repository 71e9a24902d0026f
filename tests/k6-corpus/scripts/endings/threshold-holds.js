// expect: exit 0
export const options = { thresholds: { iterations: ['count==1', 'rate>0'], iteration_duration: ['p(95)<5000', 'avg<5000', 'max<5000', 'med<5000', 'min<5000'] } };
export default function () {}
