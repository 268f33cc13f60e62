// The load generators, and what they found, put together. They live for a whole bench run.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../src/project.ts';
import { Histogram, type Percentiles } from '../generator/histogram.ts';
import type { FromGenerator, GeneratorRecord, Load, Order, Slice } from '../generator/messages.ts';
import type { Ask } from '../generator/request.ts';
import { USERS_A_GENERATOR } from '../generator/steady.ts';

export interface LoadResult {
  readonly elapsedMs: number;
  readonly granted: number;
  readonly refused: number;
  readonly unavailable: number;
  readonly unexpected: number;
  readonly failed: number;
  /** Milliseconds, from the client's side. */
  readonly latency: {
    readonly granted: Percentiles;
    readonly refused: Percentiles;
    readonly unavailable: Percentiles;
    readonly all: Percentiles;
  };
  readonly slices: readonly Slice[];
  readonly grantedByCoupon: readonly number[];
  /** Of one core each. Near 1, the generators were the limit. */
  readonly generatorCores: number;
  readonly generatorMicros: number;
  readonly latestSendMs: number;
  /** From the first to the last begin of a connection of a burst, over all generators; other loads: 0. */
  readonly connectsWithinMs: number;
  /** Status by user; 0 if there was no answer. Only if answers are kept. */
  readonly answers: ReadonlyMap<number, number>;
}

/** Ten digits from the first one on. */
const FIRST_USER = 1_000_000_000;

export interface LoadOrder {
  readonly port: number;
  readonly load: Load;
  /** Without it to be issued. */
  readonly ask?: Ask;
  readonly couponIds: readonly number[];
  readonly asksEach?: number;
  readonly users?: number;
  readonly keepAnswers?: boolean;
  /** Added to each user's number: who asks is new, or the same as before. */
  readonly userOffset?: number;
}

export class Generators {
  readonly #processes: readonly ChildProcess[];

  private constructor(processes: readonly ChildProcess[]) {
    this.#processes = processes;
  }

  static async start(count: number): Promise<Generators> {
    const file = join(projectRoot, 'dist/bench/generator/process.js');
    const processes = Array.from({ length: count }, () => fork(file, { serialization: 'advanced' }));
    await Promise.all(processes.map((child) => next(child, 'online')));
    return new Generators(processes);
  }

  get count(): number {
    return this.#processes.length;
  }

  /** @param onStart called when all connections stand, just before the first request */
  async run(order: LoadOrder, onStart: () => void = () => {}): Promise<LoadResult> {
    await Promise.all(
      this.#processes.map((child, index) => {
        const ready = next(child, 'ready');
        child.send({ kind: 'order', order: this.#share(order, index) });
        return ready;
      }),
    );
    onStart();
    const records = await Promise.all(
      this.#processes.map(async (child) => {
        const record = next(child, 'record');
        child.send({ kind: 'go' });
        return (await record).record;
      }),
    );
    return combine(records);
  }

  stop(): void {
    for (const child of this.#processes) child.disconnect();
  }

  #share(
    { load, port, couponIds, ask = 'issue', asksEach = 1, users, keepAnswers = false, userOffset = 0 }: LoadOrder,
    index: number,
  ): Order {
    const part = (total: number) => Math.floor(total / this.count) + (index < total % this.count ? 1 : 0);
    const before = (total: number) =>
      Array.from(
        { length: index },
        (_, other) => Math.floor(total / this.count) + (other < total % this.count ? 1 : 0),
      ).reduce((sum, each) => sum + each, 0);
    const shared: Load =
      load.kind === 'burst'
        ? { ...load, users: part(load.users) }
        : load.kind === 'open'
          ? { ...load, connections: part(load.connections), ratePerSecond: load.ratePerSecond / this.count }
          : { ...load, connections: part(load.connections) };
    const mine = load.kind === 'burst' ? before(load.users) : index * USERS_A_GENERATOR;
    return {
      port,
      load: shared,
      ask,
      couponIds,
      asksEach,
      keepAnswers,
      firstUser: FIRST_USER + userOffset + mine,
      ...(users === undefined ? {} : { users: Math.max(1, part(users)) }),
    };
  }
}

function next<K extends FromGenerator['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<FromGenerator, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: FromGenerator) => {
      if (message.kind !== kind && message.kind !== 'trouble') return;
      child.off('message', onMessage);
      child.off('exit', onExit);
      if (message.kind === 'trouble') reject(new Error(`load generator: ${message.message}`));
      else resolve(message as Extract<FromGenerator, { kind: K }>);
    };
    const onExit = () => reject(new Error('a load generator ended'));
    child.on('message', onMessage);
    child.once('exit', onExit);
  });
}

function combine(records: readonly GeneratorRecord[]): LoadResult {
  const sum = (read: (record: GeneratorRecord) => number) => records.reduce((total, record) => total + read(record), 0);
  const merged = (...reads: ((record: GeneratorRecord) => GeneratorRecord['grantedLatency'])[]) => {
    const histogram = new Histogram();
    for (const record of records) for (const read of reads) histogram.add(read(record));
    return histogram.percentiles();
  };
  const elapsedMs = Math.max(...records.map((record) => record.elapsedMs));
  const generatorMicros = sum((record) => record.cpuMicros);
  const answers = new Map<number, number>();
  for (const record of records) {
    for (let at = 0; at < record.answers.length; at += 2) {
      answers.set(record.answers[at] as number, record.answers[at + 1] as number);
    }
  }
  return {
    elapsedMs,
    granted: sum((record) => record.granted),
    refused: sum((record) => record.refused),
    unavailable: sum((record) => record.unavailable),
    unexpected: sum((record) => record.unexpected),
    failed: sum((record) => record.failed),
    latency: {
      granted: merged((record) => record.grantedLatency),
      refused: merged((record) => record.refusedLatency),
      unavailable: merged((record) => record.unavailableLatency),
      all: merged(
        (record) => record.grantedLatency,
        (record) => record.refusedLatency,
        (record) => record.unavailableLatency,
      ),
    },
    slices: combineSlices(records),
    grantedByCoupon: (records[0]?.grantedByCoupon ?? []).map((_, index) =>
      sum((record) => record.grantedByCoupon[index] ?? 0),
    ),
    generatorCores: generatorMicros / 1000 / elapsedMs / records.length,
    generatorMicros,
    latestSendMs: Math.max(...records.map((record) => record.latestSendMs)),
    connectsWithinMs:
      Math.max(...records.map((record) => record.lastConnectMs)) -
      Math.min(...records.map((record) => record.firstConnectMs)),
    answers,
  };
}

/** Counts are added; p50 is weighed by them; p99 is that of the generator which saw the worse one. */
function combineSlices(records: readonly GeneratorRecord[]): Slice[] {
  const slices = new Map<number, Slice>();
  for (const slice of records.flatMap((record) => record.slices)) {
    const atMs = Math.round(slice.atMs);
    const other = slices.get(atMs);
    if (!other) {
      slices.set(atMs, { ...slice, atMs });
      continue;
    }
    const here = slice.granted + slice.refused;
    const there = other.granted + other.refused;
    slices.set(atMs, {
      atMs,
      granted: slice.granted + other.granted,
      refused: slice.refused + other.refused,
      p50Ms: here + there === 0 ? 0 : (slice.p50Ms * here + other.p50Ms * there) / (here + there),
      p99Ms: Math.max(slice.p99Ms, other.p99Ms),
    });
  }
  return [...slices.values()].sort((a, b) => a.atMs - b.atMs);
}
