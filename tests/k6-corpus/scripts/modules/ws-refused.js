// expect: exit 0; checks 1/0
import { check } from 'k6';
import ws from 'k6/ws';
export default function () { let error; ws.connect(__ENV.WS_URL + '/status/403', (socket) => socket.on('error', (e) => { error = e.error(); })); check(error, { told: (text) => text.includes('403') }); }
