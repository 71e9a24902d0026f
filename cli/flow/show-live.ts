import type { Flow } from '../../sdk/contracts/operator-flow.ts';
import { frameOf } from './frame.ts';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** Draws frame after frame on the terminal's other screen, until Ctrl-C, q, or the end of the flow. */
export async function showLive(
  watch: (signal: AbortSignal) => AsyncGenerator<Flow, void, void>,
  title: string,
): Promise<void> {
  const { stdin, stdout } = process;
  const ending = new AbortController();
  const leave = () => ending.abort();
  const onKey = (key: Buffer) => {
    if (key.includes(3) || key.toString() === 'q') leave();
  };
  let flow: Flow | null = null;
  const draw = () => {
    const text = flow
      ? frameOf(flow, { title, columns: stdout.columns }).slice(0, stdout.rows - 1)
      : [`looking at ${title} …`];
    const lines = [...text, 'q leaves'].map((line) => line + CLEAR_LINE);
    stdout.write(HOME + lines.join('\r\n') + CLEAR_BELOW);
  };
  process.once('SIGTERM', leave);
  stdin.setRawMode(true).resume().on('data', onKey);
  stdout.on('resize', draw).write(ENTER);
  try {
    draw();
    for await (const next of watch(ending.signal)) {
      flow = next;
      draw();
    }
  } finally {
    stdout.off('resize', draw).write(LEAVE);
    stdin.off('data', onKey).setRawMode(false).pause();
    process.off('SIGTERM', leave);
  }
}
