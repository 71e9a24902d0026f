// Only code can be imported; open() reads data.
// expect: exit 107; log "it is no code"
import text from '../data/a.txt';
export default function () { console.log(text); }
