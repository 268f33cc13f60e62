// Latencies in microseconds, counted in buckets whose width is at most 1/512 of their value (as HDR histograms do).
// Recording is one addition in a typed array; histograms of several generators are added.

const EXACT_BELOW = 1024;
const STEPS_A_DOUBLING = 512;
const EXACT_BITS = 10;
/** 2^31 microseconds are 35 minutes: no request lives so long. */
const BUCKETS = EXACT_BELOW + (31 - EXACT_BITS) * STEPS_A_DOUBLING;
const LARGEST = 2 ** 31 - 1;

function bucketOf(micros: number): number {
  if (micros < EXACT_BELOW) return micros;
  const doubling = 31 - Math.clz32(micros) - EXACT_BITS;
  return EXACT_BELOW + doubling * STEPS_A_DOUBLING + ((micros >>> (doubling + 1)) - STEPS_A_DOUBLING);
}

/** The middle of a bucket. */
function middleOf(bucket: number): number {
  if (bucket < EXACT_BELOW) return bucket;
  const doubling = Math.floor((bucket - EXACT_BELOW) / STEPS_A_DOUBLING);
  const step = (bucket - EXACT_BELOW) % STEPS_A_DOUBLING;
  return (STEPS_A_DOUBLING + step + 0.5) * 2 ** (doubling + 1);
}

/** Milliseconds. */
export interface Percentiles {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sumMicros = 0;
  #maxMicros = 0;

  get count(): number {
    return this.#count;
  }

  record(ms: number): void {
    const micros = Math.min(LARGEST, Math.max(0, Math.round(ms * 1000)));
    const bucket = bucketOf(micros);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#count += 1;
    this.#sumMicros += micros;
    if (micros > this.#maxMicros) this.#maxMicros = micros;
  }

  /** @param share from 0 to 1. @returns milliseconds; 0 if nothing was recorded */
  percentile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket] as number;
      if (seen >= wanted) return Math.min(middleOf(bucket), this.#maxMicros) / 1000;
    }
    return this.#maxMicros / 1000;
  }

  percentiles(): Percentiles {
    return {
      count: this.#count,
      mean: this.#count === 0 ? 0 : this.#sumMicros / this.#count / 1000,
      p50: this.percentile(0.5),
      p90: this.percentile(0.9),
      p99: this.percentile(0.99),
      p999: this.percentile(0.999),
      max: this.#maxMicros / 1000,
    };
  }

  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sumMicros = 0;
    this.#maxMicros = 0;
  }

  /** For another process: bucket, count, bucket, count … of those that are not empty. */
  pack(): PackedHistogram {
    const buckets: number[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = this.#counts[bucket] as number;
      if (count > 0) buckets.push(bucket, count);
    }
    return { buckets, sumMicros: this.#sumMicros, maxMicros: this.#maxMicros };
  }

  add({ buckets, sumMicros, maxMicros }: PackedHistogram): void {
    for (let at = 0; at < buckets.length; at += 2) {
      const bucket = buckets[at] as number;
      const count = buckets[at + 1] as number;
      this.#counts[bucket] = (this.#counts[bucket] as number) + count;
      this.#count += count;
    }
    this.#sumMicros += sumMicros;
    this.#maxMicros = Math.max(this.#maxMicros, maxMicros);
  }
}

export interface PackedHistogram {
  readonly buckets: readonly number[];
  readonly sumMicros: number;
  readonly maxMicros: number;
}
