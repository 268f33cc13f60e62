// One process: its CPU, memory, open files, event loop and garbage collection. Every series names its process.
// Looking costs little: the list of open files is read every 5 s, and off the main thread.
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import type { MetricsRegistry, Sample } from './registry.ts';

const DESCRIPTORS_EVERY_MS = 5000;
/** Quantiles are those of a whole period, so that a scrape does not miss a stall between two looks. */
const LOOP_PERIOD_MS = 10_000;
/** Each tick wakes the process, also one at rest. */
const LOOP_RESOLUTION_MS = 50;

const gcKinds: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak_callbacks',
};
const kinds = [...new Set(Object.values(gcKinds))];

interface Observed {
  readonly title: string;
  readonly startedAtMs: number;
  readonly gcSeconds: Record<string, number>;
  readonly descriptorLimit: number | null;
  descriptors: number | null;
  loop: { p50: number; p99: number; max: number };
}

export class ProcessMetrics {
  #observed: Observed | null = null;

  constructor(registry: MetricsRegistry) {
    this.#declareGauges(registry);
    this.#declareTimes(registry);
  }

  /** Begins to observe this process. @param title as in the process list, without our name: `primary`, `http 1` */
  observeProcess(title: string): void {
    if (this.#observed) return;
    const observed: Observed = {
      title,
      startedAtMs: performance.timeOrigin,
      gcSeconds: Object.fromEntries(kinds.map((kind) => [kind, 0])),
      descriptorLimit: readDescriptorLimit(),
      descriptors: null,
      loop: { p50: 0, p99: 0, max: 0 },
    };
    this.#observed = observed;
    observeCollections(observed);
    observeLoop(observed);
    observeDescriptors(observed);
  }

  #declareGauges(registry: MetricsRegistry): void {
    const gauge = (name: string, help: string, of: (process: Observed) => number | null) =>
      registry.readGauge({ name, help, labels: ['process'], combine: 'one' }, (): Sample<'process'>[] => {
        const observed = this.#observed;
        const number = observed && of(observed);
        return observed && number !== null ? [{ labels: { process: observed.title }, value: number }] : [];
      });
    gauge('process_start_time_seconds', 'When the process started.', ({ startedAtMs }) => startedAtMs / 1000);
    gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss());
    gauge('process_open_descriptors', 'Open files and sockets of the process.', ({ descriptors }) => descriptors);
    gauge(
      'process_open_descriptors_limit',
      'Files and sockets that the process may have open.',
      ({ descriptorLimit }) => descriptorLimit,
    );
  }

  #declareTimes(registry: MetricsRegistry): void {
    registry.readCounter(
      { name: 'process_cpu_seconds_total', help: 'CPU time of the process, user and system.', labels: ['process'] },
      () => {
        if (!this.#observed) return [];
        const { user, system } = process.cpuUsage();
        return [{ labels: { process: this.#observed.title }, value: (user + system) / 1e6 }];
      },
    );
    registry.readCounter(
      {
        name: 'process_gc_seconds_total',
        help: 'Time in which the process stood still for garbage collection, by kind.',
        labels: ['process', 'kind'],
      },
      () => {
        if (!this.#observed) return [];
        const { title, gcSeconds } = this.#observed;
        return kinds.map((kind) => ({ labels: { process: title, kind }, value: gcSeconds[kind] ?? 0 }));
      },
    );
    registry.readGauge(
      {
        name: 'process_event_loop_delay_seconds',
        help: 'Delay of the event loop in the last 10 s, by percentile (100 is the largest).',
        labels: ['process', 'percentile'],
        combine: 'one',
      },
      () => {
        if (!this.#observed) return [];
        const { title, loop } = this.#observed;
        return Object.entries({ 50: loop.p50, 99: loop.p99, 100: loop.max }).map(([percentile, number]) => ({
          labels: { process: title, percentile },
          value: number,
        }));
      },
    );
  }
}

function observeCollections({ gcSeconds }: Observed): void {
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind = gcKinds[(entry as unknown as { detail: { kind: number } }).detail.kind] ?? 'incremental';
      gcSeconds[kind] = (gcSeconds[kind] ?? 0) + entry.duration / 1000;
    }
  }).observe({ entryTypes: ['gc'] });
}

function observeLoop(observed: Observed): void {
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  delay.enable();
  setInterval(() => {
    // What is measured is the time between two ticks of a timer, so its own period is taken off.
    const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - LOOP_RESOLUTION_MS / 1000);
    observed.loop = {
      p50: seconds(delay.percentile(50)),
      p99: seconds(delay.percentile(99)),
      max: seconds(delay.max),
    };
    delay.reset();
  }, LOOP_PERIOD_MS).unref();
}

function observeDescriptors(observed: Observed): void {
  const countDescriptors = () =>
    readdir('/proc/self/fd').then(
      // One of them is the folder itself, open while it is read.
      (names) => {
        observed.descriptors = names.length - 1;
      },
      () => {},
    );
  void countDescriptors();
  setInterval(() => void countDescriptors(), DESCRIPTORS_EVERY_MS).unref();
}

/** Soft limit of open files; null if the platform does not report it. */
function readDescriptorLimit(): number | null {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft ? Number(soft) : null;
  } catch {
    return null;
  }
}
