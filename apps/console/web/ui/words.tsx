/** A text of people or partners: with a direction and lines of its own, and wrapped. */
export function Words({ of: text }: { of: string | null | undefined }) {
  return text ? <bdi class="words">{text}</bdi> : <>–</>;
}
