import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import text from '../../../../docs/failure-modes.md' with { type: 'text' };
import { anchorOf } from './anchor.ts';
import { type Block, readBlocks } from './read-blocks.ts';

/** The document of failures: the view of customers and operators, checks, remedies. */
export default function FailureModes() {
  useEffect(() => {
    const show = () => document.getElementById(location.hash.slice(1))?.scrollIntoView();
    show();
    addEventListener('hashchange', show);
    return () => removeEventListener('hashchange', show);
  }, []);
  return <section class="document">{readBlocks(text).map(toElement)}</section>;
}

function toElement(block: Block, index: number): ComponentChildren {
  switch (block.kind) {
    case 'heading': {
      const Heading = `h${block.level}` as 'h1' | 'h2' | 'h3';
      return (
        <Heading key={index} id={anchorOf(block.text)}>
          {inline(block.text)}
        </Heading>
      );
    }
    case 'list':
      return (
        <ul key={index}>
          {block.items.map((item) => (
            <li key={item}>{inline(item)}</li>
          ))}
        </ul>
      );
    case 'code':
      // The keyboard must reach a scrolling box.
      return (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre key={index} tabIndex={0}>
          {block.text}
        </pre>
      );
    default:
      return <p key={index}>{inline(block.text)}</p>;
  }
}

/** Code and emphasis; a link to a file of the repository is its text alone. */
function inline(source: string): ComponentChildren[] {
  return source.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*`]+\*|\[[^\]]+\]\([^)]+\))/).map((part, index) => {
    if (part.startsWith('`')) return <code key={index}>{part.slice(1, -1)}</code>;
    if (part.startsWith('**')) return <strong key={index}>{inline(part.slice(2, -2))}</strong>;
    if (/^\*[^*]+\*$/.test(part)) return <em key={index}>{inline(part.slice(1, -1))}</em>;
    const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
    if (!link) return part;
    const [, words = '', target = ''] = link;
    return target.startsWith('#') ? (
      <a key={index} href={target}>
        {inline(words)}
      </a>
    ) : (
      <cite key={index}>{inline(words)}</cite>
    );
  });
}
