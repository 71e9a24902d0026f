import { useEffect, useRef, useState } from 'preact/hooks';
import {
  type Flow,
  FLOW_LANES,
  type FlowCondition,
  type FlowEdge,
} from '../../../../sdk/contracts/operator-flow.ts';
import { formatDuration, formatNumber, formatRate } from '../ui/format.ts';
import { LANE_NAMES } from './lane-names.ts';

/** In words as well, since colors alone do not tell. */
const MARKS: Record<FlowCondition, string> = { ok: '', warning: '!', fault: '✕', unknown: '?' };
const NARROW_PX = 800;

/** The lanes of the flow, each a drawing of its own: across, or on a narrow screen from top to bottom. */
export function FlowPicture({ flow }: { flow: Flow }) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const resized = new ResizeObserver(() => setWidth(element.clientWidth));
    resized.observe(element);
    return () => resized.disconnect();
  }, []);
  const lanes = FLOW_LANES.map((lane) => ({
    lane,
    edges: flow.edges.filter((edge) => edge.lane === lane),
  }));
  return (
    <div class="flow" ref={box}>
      {width > 0 &&
        lanes.map(({ lane, edges }) => (
          <div key={lane} class="lane">
            <h3>{LANE_NAMES[lane]}</h3>
            <Lane edges={edges} width={width} />
          </div>
        ))}
    </div>
  );
}

interface Box {
  name: string;
  x: number;
  y: number;
}

const BOX = { height: 34, narrowWidth: 190 };

/** Draws boxes in the order in which edges reach them; the model is beside the way, under its caller. */
function Lane({ edges, width }: { edges: FlowEdge[]; width: number }) {
  const isNarrow = width < NARROW_PX;
  const main = edges.filter(({ to }) => to !== 'risk model');
  const side = edges.find(({ to }) => to === 'risk model');
  const names = [main[0]?.from ?? '', ...main.map(({ to }) => to)];
  const boxWidth = isNarrow ? BOX.narrowWidth : Math.min(165, width / 6.4);
  const step = isNarrow ? 84 : (width - boxWidth) / 4;
  const boxes = names.map((name, index): Box => {
    return isNarrow ? { name, x: 0, y: index * step } : { name, x: index * step, y: 4 };
  });
  const boxOf = (name: string) => boxes.find((box) => box.name === name) ?? { name, x: 0, y: 0 };
  const caller = boxOf(side?.from ?? '');
  const model: Box | null = side
    ? { name: side.to, x: caller.x + (isNarrow ? boxWidth + 10 : 0), y: caller.y + (isNarrow ? 0 : 82) }
    : null;
  const height = isNarrow ? (names.length - 1) * step + BOX.height + 4 : model ? 124 : 44;
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      {main.map((edge) => (
        <Edge key={edge.id} edge={edge} from={boxOf(edge.from)} to={boxOf(edge.to)} boxWidth={boxWidth} />
      ))}
      {side && model && !isNarrow && <Edge edge={side} from={caller} to={model} boxWidth={boxWidth} />}
      {side && model && isNarrow && <Aside edge={side} x={model.x} y={model.y} width={width - model.x} />}
      {[...boxes, ...(model && !isNarrow ? [model] : [])].map(({ name, x, y }) => (
        <g key={name} class="node">
          <rect x={x + 1} y={y} width={boxWidth - 2} height={BOX.height} rx={6} />
          <text x={x + boxWidth / 2} y={y + 22} text-anchor="middle">
            {name}
          </text>
        </g>
      ))}
    </svg>
  );
}

function Edge(props: { edge: FlowEdge; from: Box; to: Box; boxWidth: number }) {
  const { edge, from, to, boxWidth } = props;
  const isAcross = from.y === to.y;
  const [x1, y1] = isAcross
    ? [from.x + boxWidth, from.y + BOX.height / 2]
    : [from.x + boxWidth / 2, from.y + BOX.height];
  const [x2, y2] = isAcross ? [to.x - 3, y1] : [x1, to.y - 3];
  const tip = isAcross
    ? `${x2 + 2},${y2} ${x2 - 7},${y2 - 5} ${x2 - 7},${y2 + 5}`
    : `${x2},${y2 + 2} ${x2 - 5},${y2 - 7} ${x2 + 5},${y2 - 7}`;
  const text = isAcross
    ? { x: (x1 + x2) / 2 - 3, anchor: 'middle' as const }
    : { x: x1 + 10, anchor: 'start' as const };
  const rows = isAcross ? [y1 - 6, y1 + 16] : [(y1 + y2) / 2 - 2, (y1 + y2) / 2 + 14];
  return (
    <a href={`#${edge.id}`} class={`edge ${edge.condition}`} aria-label={sentenceOf(edge)}>
      <line x1={x1} y1={y1} x2={x2} y2={y2} />
      <polygon points={tip} />
      <text x={text.x} y={rows[0]} text-anchor={text.anchor}>
        {rateOf(edge)}
      </text>{' '}
      <text x={text.x} y={rows[1]} text-anchor={text.anchor} class="second">
        {troubleOf(edge)}
      </text>
    </a>
  );
}

/** The model on a narrow screen: its figures beside its caller. */
function Aside({ edge, x, y, width }: { edge: FlowEdge; x: number; y: number; width: number }) {
  return (
    <a href={`#${edge.id}`} class={`edge ${edge.condition}`}>
      <line x1={x - 10} y1={y + 17} x2={x + Math.min(8, width)} y2={y + 17} />
      <text x={x + 12} y={y + 14}>
        {edge.to}
      </text>
      <text x={x + 12} y={y + 30} class="second">
        {rateOf(edge)} {troubleOf(edge)}
      </text>
    </a>
  );
}

function rateOf({ per_second: rate, condition }: FlowEdge): string {
  const mark = MARKS[condition];
  return [mark, rate === null ? '' : `${formatRate(rate)}/s`].filter(Boolean).join(' ');
}

/** The worst of the edge, short: what fails, else what waits. */
function troubleOf(edge: FlowEdge): string {
  const { failed_per_second: failed, refused_per_second: refused, waiting, oldest_seconds: oldest } = edge;
  if (failed) return `${formatRate(failed)}/s fail`;
  if (waiting) return `${formatNumber(waiting)} wait${oldest ? `, ${formatDuration(oldest)}` : ''}`;
  return refused ? `${formatRate(refused)}/s refused` : '';
}

/** Has the words in sight as they stand, for those who speak to their computer. */
function sentenceOf(edge: FlowEdge): string {
  const { from, to, unit, condition } = edge;
  const figures = [rateOf(edge), troubleOf(edge)].filter(Boolean).join(' ');
  return `${from} to ${to} ${figures}, ${unit}, ${condition}`;
}
