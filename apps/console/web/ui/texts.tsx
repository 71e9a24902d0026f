/** A text of people or partners: with a direction and lines of its own, and wrapped. */
export function Words({ of: text }: { of: string | null | undefined }) {
  return text ? <bdi class="words">{text}</bdi> : <>–</>;
}

/** An id in short: on paper, and for those who point at it, the whole. */
export function Id({ of: id }: { of: string }) {
  return (
    <code class="id" title={id}>
      {id.slice(0, 8)}
      <span class="gap">…</span>
      <span class="middle">{id.slice(8, -4)}</span>
      {id.slice(-4)}
    </code>
  );
}

/** A text whose lines are kept. */
export function Preformatted({ of: text }: { of: string }) {
  // The keyboard must reach a scrolling box.
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  return <pre tabIndex={0}>{text}</pre>;
}
