// expect: exit 0; checks 1/0; metric ws_sessions count 1; metric ws_msgs_sent count 1; metric ws_msgs_received count 1
import { check } from 'k6';
import ws from 'k6/ws';
export default function () { const r = ws.connect(__ENV.WS_URL + '/ws', null, (socket) => { socket.on('open', () => socket.send('hi')); socket.on('message', () => socket.close()); }); check(r, { 101: (res) => res.status === 101 }); }
