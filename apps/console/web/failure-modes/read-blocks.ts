export type Block =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'code' | 'paragraph'; text: string };

/** Reads the Markdown that our own documents are written in: headings, lists, code, tables as code. */
export function readBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    const heading = /^(#{1,3}) (.+)$/.exec(line);
    if (line.trim() === '') continue;
    if (heading) blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' });
    else if (line.startsWith('```')) {
      blocks.push({ kind: 'code', text: takeWhile(lines, (next) => !next.startsWith('```')).join('\n') });
      lines.shift();
    } else if (line.startsWith('|')) {
      const table = [line, ...takeWhile(lines, (next) => next.startsWith('|'))];
      blocks.push({ kind: 'code', text: table.join('\n') });
    } else if (line.startsWith('- ')) {
      const rest = takeWhile(lines, (next) => next.startsWith('- ') || /^\s+\S/.test(next));
      blocks.push({ kind: 'list', items: itemsOf([line, ...rest]) });
    } else {
      const rest = takeWhile(lines, (next) => next.trim() !== '' && !/^(#|- |```|\|)/.test(next));
      blocks.push({ kind: 'paragraph', text: [line, ...rest].join(' ') });
    }
  }
  return blocks;
}

/** Takes the lines from the front that are of the block. */
function takeWhile(lines: string[], isOfBlock: (line: string) => boolean): string[] {
  const end = lines.findIndex((line) => !isOfBlock(line));
  return lines.splice(0, end === -1 ? lines.length : end);
}

function itemsOf(lines: string[]): string[] {
  const items: string[] = [];
  for (const line of lines) {
    if (line.startsWith('- ')) items.push(line.slice(2));
    else items.push(`${items.pop() ?? ''} ${line.trim()}`);
  }
  return items;
}
