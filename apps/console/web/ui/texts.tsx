import { partsOfId } from './format.ts';

/** A text of people or partners: with a direction and lines of its own, and wrapped. */
export function Words({ of: text }: { of: string | null | undefined }) {
  return text ? <bdi class="words">{text}</bdi> : <>–</>;
}

/** An id in short: on paper, and for those who point at it, the whole. */
export function Id({ of: id }: { of: string }) {
  const { begin, middle, end } = partsOfId(id);
  return (
    <code class="id" title={id}>
      {begin}
      <span class="gap">…</span>
      <span class="middle">{middle}</span>
      {end}
    </code>
  );
}

/** A text whose lines are kept. */
export function Preformatted({ of: text }: { of: string }) {
  // The keyboard must reach a scrolling box.
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  return <pre tabIndex={0}>{text}</pre>;
}
