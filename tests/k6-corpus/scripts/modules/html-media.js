// expect: exit 0; checks 1/0
import { check } from 'k6';
import { parseHTML } from 'k6/html';
export default function () {
  const video = parseHTML('<video><track kind=captions><track kind=chapters></video>').find('video').get(0);
  check(video, { tracks: (element) => element.textTracks().map((track) => track.kind()).join() === 'captions,chapters' });
}
