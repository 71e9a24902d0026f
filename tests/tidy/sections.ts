import { dirname, join } from 'node:path';

const LINK = /\]\(([^)\s#]*)#([^)\s]+)\)/g;
const HEADING = /^#{1,6} (.*)$/gm;
const CODE_BLOCK = /^```[^]*?^```/gm;

/** Returns the links to a section that no document has, by document; `texts` are documents by their paths. */
export function missingSections(texts: ReadonlyMap<string, string>): string[] {
  const anchors = new Map([...texts].map(([path, text]) => [path, anchorsOf(text)]));
  return [...texts].flatMap(([document, text]) =>
    [...text.matchAll(LINK)].flatMap(([, target = '', anchor = '']) => {
      const path = target === '' ? document : join(dirname(document), target);
      const isMissing = anchors.get(path)?.has(anchor) === false;
      return isMissing ? [`${document}: ${path}#${anchor}`] : [];
    }),
  );
}

/** The anchors that GitHub gives to headings; of equal headings the first alone. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.replaceAll(CODE_BLOCK, '').matchAll(HEADING)].map(([, heading = '']) => heading);
  return new Set(headings.map(anchorOf));
}

const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .replaceAll(' ', '-');
