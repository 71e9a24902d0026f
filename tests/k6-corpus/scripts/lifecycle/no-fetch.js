// k6 has no fetch: nothing that it sends would be measured.
// expect: exit 0; checks 3/0
import { check } from 'k6';
export default function () {
  check(null, {
    fetch: () => typeof fetch === 'undefined',
    socket: () => typeof WebSocket === 'undefined',
    engine: () => typeof Bun === 'undefined',
  });
}
