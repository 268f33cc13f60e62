// What a scrape of /metrics reports.
import { within } from './wait.ts';

export interface Scrape {
  readonly text: string;
  readonly tookMs: number;
  /** Sum of all series of this name that have these labels, 0 if there is none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

const ANSWER_WITHIN_MS = 5000;

export async function scrape(metricsUrl: string): Promise<Scrape> {
  const startMs = performance.now();
  const response = await within(ANSWER_WITHIN_MS, 'metrics are answered', fetch(metricsUrl));
  const text = await response.text();
  const tookMs = performance.now() - startMs;
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return {
    text,
    tookMs,
    sum(name, labels = {}) {
      const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      return lines
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .filter((line) => wanted.every((label) => line.includes(label)))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
  };
}

/** Whether each of two HTTP workers listens. A request shows only that one of them does: the kernel chooses which. */
export async function bothListen(metricsUrl: string): Promise<boolean> {
  const { sum } = await scrape(metricsUrl);
  return sum('couponrush_worker_up', { worker: 'http 1' }) + sum('couponrush_worker_up', { worker: 'http 2' }) === 2;
}

/** Every series that must never fall, with its value: counters, and the buckets, sums and counts of histograms. */
export function countedSeries({ text }: Scrape): Map<string, number> {
  const counted = new Set([...text.matchAll(/^# TYPE (\S+) (?:counter|histogram)$/gm)].map((match) => match[1]));
  const series = new Map<string, number>();
  for (const line of text.split('\n')) {
    const name = /^[a-z_]+/.exec(line)?.[0].replace(/_(bucket|sum|count)$/, '') ?? '';
    const whole = /^[a-z_]+/.exec(line)?.[0] ?? '';
    if (!counted.has(name) && !counted.has(whole)) continue;
    const space = line.lastIndexOf(' ');
    series.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return series;
}
