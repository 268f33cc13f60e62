// A time series, drawn by uPlot on a canvas. Its figures also stand as text in the legend: the newest, or those
// under the pointer.
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { formatClock, formatNumber } from '../format.ts';
import { language, shownTheme, zone } from '../preferences.ts';

export interface ChartSeries {
  readonly name: string;
  readonly label: string;
  readonly colour: 'accent' | 'good' | 'note' | 'bad' | 'quiet' | 'second';
  readonly values: readonly (number | null)[];
  /** The area under it is filled. */
  readonly area?: boolean;
}

export interface ChartMark {
  readonly atMs: number;
}

interface ChartProps {
  /** What it shows, with its unit. */
  readonly label: string;
  readonly timesMs: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly format: (value: number | null | undefined) => string;
  /** Lines at moments: what an operator did. */
  readonly marks?: readonly ChartMark[];
  readonly height?: number;
  /** How much is shown at least, so that the first seconds don't fill the width. */
  readonly spanMs?: number;
}

const SPAN_MS = 300_000;
/** On a wall screen, charts are read from some steps away. */
const HEIGHT = innerWidth >= 2000 ? 230 : 150;
/** So that a single answer does not fill the height. */
const Y_MIN = 4;

export function Chart(props: ChartProps) {
  const { label, timesMs, series, format, height = HEIGHT } = props;
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const newest = useRef(props);
  newest.current = props;
  const names = series.map(({ name }) => name).join();
  const look = `${names} ${shownTheme.value} ${zone.value} ${language.value} ${height}`;
  // Redrawn only if its look changes
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const made = new uPlot(optionsOf(newest, element, setPointed), dataOf(newest.current), element);
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [look]);
  useEffect(() => plot.current?.setData(dataOf(props)), [props]);
  const index = pointed !== null && pointed < timesMs.length ? pointed : timesMs.length - 1;
  return (
    <figure class="chart">
      <figcaption>
        <span class="unseen">{label}</span>
        <span class="chart-time">{pointed === null ? '' : formatClock(timesMs[index], { zone: zone.value })}</span>
      </figcaption>
      <div ref={holder} class="chart-plot" aria-hidden="true" />
      <dl class="chart-legend">
        {series.map((each) => (
          <div key={each.name} class={`key ${each.colour}`}>
            <dt>{each.label}</dt>
            <dd>{format(each.values[index])}</dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}

function dataOf({ timesMs, series }: ChartProps): uPlot.AlignedData {
  return [timesMs.map((ms) => ms / 1000), ...series.map(({ values }) => [...values])];
}

function optionsOf(
  props: { readonly current: ChartProps },
  element: HTMLElement,
  onPointed: (index: number | null) => void,
): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const { series, height = HEIGHT, spanMs = SPAN_MS } = props.current;
  const axis = { stroke: colour('muted'), font: `11px ${style.fontFamily}`, ticks: { show: false } };
  const grid = { stroke: colour('line'), width: 1 };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    padding: [8, 6, 0, 0],
    cursor: { y: false, points: { size: 6 } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone.peek()),
    scales: {
      x: { time: true, range: (_, __, max) => [(max ?? Date.now() / 1000) - spanMs / 1000, max ?? Date.now() / 1000] },
      y: { range: (_, __, max) => [0, Math.max((max ?? 0) * 1.12, Y_MIN)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 22,
        values: [[60, '{HH}:{mm}', null, null, null, null, null, null, 1]],
        space: 70,
      },
      { ...axis, grid, size: 46, space: 32, values: (_, splits) => splits.map((split) => shortNumber(split)) },
    ],
    series: [
      {},
      ...series.map((each) => ({
        label: each.label,
        stroke: colour(each.colour),
        width: 1.5,
        points: { show: false },
        spanGaps: false,
        ...(each.area ? { fill: colour(`${each.colour}-fill`) } : {}),
      })),
    ],
    hooks: {
      setCursor: [(chart) => onPointed(chart.cursor.idx ?? null)],
      draw: [(chart) => drawMarks(chart, props.current.marks ?? [], colour('muted'))],
    },
  };
}

function drawMarks(chart: uPlot, marks: readonly ChartMark[], colour: string): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { atMs } of marks) {
    const x = Math.round(chart.valToPos(atMs / 1000, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

function shortNumber(value: number): string {
  if (Math.abs(value) < 10_000) return formatNumber(value, { language: language.peek() });
  return value.toLocaleString(language.peek(), { notation: 'compact', maximumFractionDigits: 1 });
}
