// expect: exit 0; checks 1/0; metric ws_sessions count 1
import { check } from 'k6';
import { WebSocket } from 'k6/websockets';
export default function () { const ws = WebSocket(__ENV.WS_URL + '/ws'); ws.onopen = () => { check(ws, { open: ({ readyState }) => readyState === WebSocket.OPEN }); ws.close(); }; }
