// expect: exit 0; log "iterations"
import { textSummary } from 'https://jslib.k6.io/k6-summary/0.1.0/index.js';
export default function () {}
export function handleSummary(data) { return { stdout: textSummary(data, { indent: ' ', enableColors: false }) }; }
