// expect: exit 104; log "vu"
export const options = { systemTags: ['status', 'vu'] };
export default function () {}
