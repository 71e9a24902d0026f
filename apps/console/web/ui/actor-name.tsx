/** The name of an operator in a table. On a phone a long one is cut; the page of its row has the whole. */
export function ActorName({ name }: { name: string }) {
  return (
    <span class="actor" title={name}>
      {name}
    </span>
  );
}
