// expect: exit 104; requests 0; log "timout"; no log "after"
import http from 'k6/http';
export const options = { iterations: 2 };
export default function () { http.get(__ENV.BASE_URL, { timout: '1s' }); console.log('after'); }
