// expect: exit 0; metric ws_sessions{subproto:chat} count 1; metric ws_msgs_sent{subproto:chat} count 1
import { WebSocket } from 'k6/websockets';
export const options = { thresholds: { 'ws_sessions{subproto:chat}': ['count==1'], 'ws_msgs_sent{subproto:chat}': ['count==1'] } };
export default function () { const ws = new WebSocket(__ENV.WS_URL + '/ws', ['chat']); ws.onopen = () => { ws.send('hi'); ws.close(); }; }
