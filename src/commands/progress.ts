// How far long work is, for people who wait: on standard error, never part of the result. At a terminal a bar that is
// drawn again in its place, elsewhere a line now and then. Work that is done at once shows nothing.
const FIRST_AFTER_MS = 500;
const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 2000;
const BAR_CELLS = 30;
const CLEAR_LINE = '\r\x1b[K';

interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Progress {
  readonly #unit: string;
  readonly #screen: Screen;
  readonly #now: () => number;
  #nextMs: number;
  #drawn = false;

  /** @param unit what is counted: `rows` */
  constructor(unit: string, screen: Screen = process.stderr, now = () => performance.now()) {
    this.#unit = unit;
    this.#screen = screen;
    this.#now = now;
    this.#nextMs = now() + FIRST_AFTER_MS;
  }

  /** @param total about so many in all; null if it is not known */
  readonly report = (done: number, total: number | null): void => {
    const nowMs = this.#now();
    if (nowMs < this.#nextMs) return;
    const counted =
      `${done.toLocaleString('en-US')} ` +
      `${total === null ? '' : `of about ${total.toLocaleString('en-US')} `}${this.#unit}`;
    if (this.#screen.isTTY) {
      this.#screen.write(`${CLEAR_LINE}${total === null ? '' : `${bar(done / Math.max(1, total))} `}${counted}`);
      this.#drawn = true;
    } else this.#screen.write(`${counted}\n`);
    this.#nextMs = nowMs + (this.#screen.isTTY ? BAR_EVERY_MS : LINE_EVERY_MS);
  };

  /** Removes the bar: what comes next begins its line. */
  end(): void {
    if (this.#drawn) this.#screen.write(CLEAR_LINE);
    this.#drawn = false;
  }
}

function bar(share: number): string {
  const cells = Math.round(Math.min(1, share) * BAR_CELLS);
  return `[${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}]`;
}

/** Runs the work with a bar, which is gone when it ends. */
export async function withProgress<T>(unit: string, work: (report: Progress['report']) => Promise<T>): Promise<T> {
  const progress = new Progress(unit);
  try {
    return await work(progress.report);
  } finally {
    progress.end();
  }
}
