import type { Flow } from '../../sdk/contracts/operator-flow.ts';
import { frameOf } from './frame.ts';
import { shorten } from '../ui/output.ts';
import { createScroll, keysOf } from './scroll.ts';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CTRL_C = '\u0003';

/** Draws frame after frame on the terminal's other screen, until Ctrl-C, q, or the end of the flow. */
export async function showLive(
  watch: (signal: AbortSignal) => AsyncGenerator<Flow, void, void>,
  title: string,
): Promise<void> {
  const { stdin, stdout } = process;
  const ending = new AbortController();
  const leave = () => ending.abort();
  const scroll = createScroll();
  let flow: Flow | null = null;
  const draw = () => {
    const { columns, rows } = stdout;
    const text = flow ? frameOf(flow, { title, columns }) : [shorten(`looking at ${title} …`, columns)];
    const lines = scroll.screenOf(text, rows, columns).map((line) => line + CLEAR_LINE);
    stdout.write(HOME + lines.join('\r\n') + CLEAR_BELOW);
  };
  const onInput = (input: Buffer) => {
    const keys = keysOf(input.toString());
    if (keys.includes(CTRL_C) || keys.includes('q')) return leave();
    if (keys.filter((key) => scroll.move(key)).length > 0) draw();
  };
  process.once('SIGTERM', leave);
  stdin.setRawMode(true).resume().on('data', onInput);
  stdout.on('resize', draw).write(ENTER);
  try {
    draw();
    for await (const next of watch(ending.signal)) {
      flow = next;
      draw();
    }
  } finally {
    stdout.off('resize', draw).write(LEAVE);
    stdin.off('data', onInput).setRawMode(false).pause();
    process.off('SIGTERM', leave);
  }
}
