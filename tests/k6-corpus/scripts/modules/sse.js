// Of the extension xk6-sse.
// expect: exit 0; checks 1/0; metric sse_event count 2
import { check } from 'k6';
import sse from 'k6/x/sse';
export default function () { const data = []; sse.open(__ENV.BASE_URL + '/events', (client) => client.on('event', (event) => data.push(event.data))); check(data, { both: (list) => list.join() === 'one,two' }); }
