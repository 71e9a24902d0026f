// args: --out influxdb=http://127.0.0.1
// expect: exit 104; log "influxdb"
export default function () {}
