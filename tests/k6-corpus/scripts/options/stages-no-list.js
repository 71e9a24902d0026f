// expect: exit 104; log "stages must be a list"
export const options = { stages: { duration: '1s', target: 1 } };
export default function () {}
