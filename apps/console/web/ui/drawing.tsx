import { color, saveCsv, savePng } from './save.ts';
import { Table } from './table.tsx';

/** A mark of a drawing, in its own units; the color is a variable of the style, without the dashes. */
export type Mark =
  | { kind: 'rect'; x: number; y: number; width: number; height: number; color: string; opacity?: number }
  | { kind: 'text'; x: number; y: number; text: string; color?: string; anchor?: 'start' | 'middle' | 'end' };

export interface DrawingData {
  /** Also the name of its files. */
  title: string;
  /** Of the values: `events`, `median, 0 none .. 1 all`. */
  unit: string;
  width: number;
  height: number;
  marks: readonly Mark[];
  /** The same values as a table. */
  columns: readonly string[];
  rows: readonly (readonly (string | number)[])[];
}

const FONT_SIZE = 11;
const PIXELS = 3;
const HEADING = 28;

/** A drawing with a table of the same values behind it, both of them to be saved. */
export function Drawing({ data }: { data: DrawingData }) {
  const { title, unit, width, height, marks, columns, rows } = data;
  return (
    <figure class="plot drawing">
      <figcaption>
        {title} <span class="unit">({unit})</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${title}, ${unit}; the table below has the values`}
      >
        {marks.map((mark) => (
          <MarkOf key={`${mark.kind} ${mark.x} ${mark.y}`} mark={mark} />
        ))}
      </svg>
      <details>
        <summary>Table and files</summary>
        <div class="buttons">
          <button type="button" onClick={() => saveCsv(title, [columns, ...rows])}>
            Save CSV
          </button>
          <button type="button" onClick={() => savePicture(data)}>
            Save PNG
          </button>
        </div>
        <Table
          caption={`${title} (${unit})`}
          rows={rows}
          keyOf={(row) => row.join(' ')}
          columns={columns.map((column, index) => ({
            title: column,
            isNumber: typeof rows[0]?.[index] === 'number',
            cell: (row: readonly (string | number)[]) => row[index],
          }))}
        />
      </details>
    </figure>
  );
}

function MarkOf({ mark }: { mark: Mark }) {
  if (mark.kind === 'text') {
    const { x, y, text, color: name = 'text', anchor = 'start' } = mark;
    return (
      <text x={x} y={y} font-size={FONT_SIZE} text-anchor={anchor} fill={`var(--${name})`}>
        {text}
      </text>
    );
  }
  const { x, y, width, height, color: name, opacity = 1 } = mark;
  return <rect x={x} y={y} width={width} height={height} fill={`var(--${name})`} fill-opacity={opacity} />;
}

/** Draws the marks once more: a page with our content policy loads no picture of a drawing. */
function savePicture({ title, unit, width, height, marks }: DrawingData): void {
  const canvas = document.createElement('canvas');
  canvas.width = width * PIXELS;
  canvas.height = (height + HEADING) * PIXELS;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(PIXELS, PIXELS);
  context.fillStyle = color('page');
  context.fillRect(0, 0, width, height + HEADING);
  context.font = `${FONT_SIZE}px system-ui, sans-serif`;
  context.fillStyle = color('text');
  context.fillText(`${title} (${unit})`, 4, 16);
  context.translate(0, HEADING);
  for (const mark of marks) {
    if (mark.kind === 'text') {
      context.fillStyle = color(mark.color ?? 'text');
      context.textAlign = mark.anchor === 'middle' ? 'center' : (mark.anchor ?? 'start');
      context.fillText(mark.text, mark.x, mark.y);
    } else {
      context.fillStyle = color(mark.color);
      context.globalAlpha = mark.opacity ?? 1;
      context.fillRect(mark.x, mark.y, mark.width, mark.height);
      context.globalAlpha = 1;
    }
  }
  savePng(title, canvas);
}
