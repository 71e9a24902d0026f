import type { ModelComparisonReport } from '../../../../sdk/contracts/operator-backtests.ts';
import { formatNumber } from '../ui/format.ts';
import { color, saveCsv, savePng } from '../ui/save.ts';
import { Table } from '../ui/table.tsx';
import './models.css';

const CELL = 34;
const EDGE = 46;
const SIZE = EDGE + 10 * CELL + 8;
const tenth = (value: number) => Math.round(value * 10);
const tenths = Array.from({ length: 11 }, (_, index) => index);

type Cell = ModelComparisonReport['scores'][number];

const centerOf = ({ champion, challenger }: Cell): [x: number, y: number] => [
  EDGE + (tenth(champion) + 0.5) * CELL,
  8 + (9.5 - tenth(challenger)) * CELL,
];

const radiusOf = ({ pairs }: Cell, all: readonly Cell[]): number =>
  3 + 13 * Math.sqrt(pairs / Math.max(1, ...all.map((cell) => cell.pairs)));

const Grid = () => (
  <g>
    {tenths.map((index) => (
      <g key={index}>
        <line x1={EDGE} x2={SIZE - 8} y1={8 + index * CELL} y2={8 + index * CELL} />
        <line x1={EDGE + index * CELL} x2={EDGE + index * CELL} y1={8} y2={8 + 10 * CELL} />
        <text x={EDGE - 6} y={12 + (10 - index) * CELL} text-anchor="end">
          {index / 10}
        </text>
        <text x={EDGE + index * CELL} y={8 + 10 * CELL + 18} text-anchor="middle">
          {index / 10}
        </text>
      </g>
    ))}
  </g>
);

/** Pairs by the tenths of both scores: the larger the circle, the more decisions. */
export function Scatter({ report }: { report: ModelComparisonReport }) {
  const { scores, champion, challenger } = report;
  const rows = scores.map((cell) => [
    `${cell.champion} to ${formatNumber(cell.champion + 0.1, 1)}`,
    `${cell.challenger} to ${formatNumber(cell.challenger + 0.1, 1)}`,
    cell.pairs,
  ]);
  const titles = [`risk by ${champion}`, `risk by ${challenger}`, 'decisions'];
  const save = () => saveCsv('scores-of-both', [titles, ...rows]);
  return (
    <figure class="plot">
      <svg
        class="scatter"
        viewBox={`0 0 ${SIZE} ${SIZE + 24}`}
        role="img"
        aria-label="Risk by both models; the table below has the values"
      >
        <Grid />
        {scores.map((cell) => (
          <circle
            key={`${cell.champion} ${cell.challenger}`}
            cx={centerOf(cell)[0]}
            cy={centerOf(cell)[1]}
            r={radiusOf(cell, scores)}
          />
        ))}
        <text x={EDGE + 5 * CELL} y={SIZE + 18} text-anchor="middle">
          risk by {champion} (0 to 1), upward by {challenger}
        </text>
      </svg>
      <details>
        <summary>Table and files</summary>
        <div class="buttons">
          <button type="button" onClick={save}>
            Save CSV
          </button>
          <button type="button" onClick={() => savePicture(report)}>
            Save PNG
          </button>
        </div>
        <Table
          caption="Decisions by the tenths of both scores; cells of 20 customers or more"
          rows={rows}
          keyOf={([left, right]) => `${left} ${right}`}
          columns={titles.map((title, index) => ({
            title,
            isNumber: index === 2,
            cell: (row: (string | number)[]) => row[index],
          }))}
        />
      </details>
    </figure>
  );
}

/** The same picture on a canvas, twice as large. */
function savePicture({ scores, champion, challenger }: ModelComparisonReport): void {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [2 * SIZE, 2 * (SIZE + 24)];
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(2, 2);
  context.fillStyle = color('page');
  context.fillRect(0, 0, SIZE, SIZE + 24);
  context.strokeStyle = color('line');
  for (const index of tenths) {
    context.strokeRect(EDGE, 8, index * CELL, 10 * CELL);
    context.strokeRect(EDGE, 8, 10 * CELL, index * CELL);
  }
  context.fillStyle = color('plot-1');
  for (const cell of scores) {
    context.beginPath();
    context.arc(...centerOf(cell), radiusOf(cell, scores), 0, 2 * Math.PI);
    context.fill();
  }
  context.fillStyle = color('text');
  context.font = '12px system-ui, sans-serif';
  for (const index of tenths) {
    context.fillText(String(index / 10), EDGE + index * CELL - 7, 8 + 10 * CELL + 18);
    context.fillText(String(index / 10), EDGE - 26, 12 + (10 - index) * CELL);
  }
  context.fillText(`risk by ${champion} (0 to 1), upward by ${challenger}`, EDGE, SIZE + 18);
  savePng('scores-of-both', canvas);
}
