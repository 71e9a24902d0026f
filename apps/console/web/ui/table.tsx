import type { ComponentChildren } from 'preact';

interface Column<Row> {
  title: string;
  /** Numbers are to the right. */
  isNumber?: boolean;
  cell(row: Row): ComponentChildren;
}

/** The box of a table, which scrolls by itself on a narrow screen; the keyboard must reach it. */
export const TableBox = ({ label, children }: { label: string; children: ComponentChildren }) => (
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  <div class="table" tabIndex={0} role="region" aria-label={label}>
    {children}
  </div>
);

/** In sight as a whole, however far a wide table is scrolled. */
export const Caption = ({ children }: { children: ComponentChildren }) => (
  <caption>
    <span>{children}</span>
  </caption>
);

/** A table with a caption. */
export function Table<Row>(props: {
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
}) {
  const { caption, columns, rows, keyOf } = props;
  return (
    <TableBox label={caption}>
      <table>
        <Caption>{caption}</Caption>
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
    </TableBox>
  );
}
