// expect: exit 104; log "stage 1 doesn't have a duration"
export const options = { stages: [null] };
export default function () {}
