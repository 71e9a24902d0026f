// expect: exit 107
import x from 'lodash';
export default function () { x(); }
