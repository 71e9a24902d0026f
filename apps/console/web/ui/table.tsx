import type { ComponentChildren } from 'preact';

interface Column<Row> {
  title: string;
  /** Numbers are to the right. */
  isNumber?: boolean;
  cell(row: Row): ComponentChildren;
}

/** A table with a caption; on a narrow screen it scrolls by itself. */
export function Table<Row>(props: {
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
}) {
  const { caption, columns, rows, keyOf } = props;
  return (
    // The keyboard must reach a scrolling box.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div class="table" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, isNumber }) => (
              <th key={title} scope="col" class={isNumber ? 'number' : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, isNumber, cell }) => (
                <td key={title} class={isNumber ? 'number' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
