// A spike that is interrupted, by Ctrl-C for instance, says how far it came. Nothing is proven then.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt } from '../history/attempt.ts';

/** The requests of a spike from the moment they are ordered. */
export interface RunningBurst {
  readonly requests: number;
  readonly record: Promise<readonly Attempt[]>;
  /** Gives up what is not answered; the record follows. */
  stop(): void;
}

const STOP_WITHIN_MS = 3000;

export class Interruption {
  #burst: RunningBurst | null = null;

  /** To be called before the first request. */
  begin(burst: RunningBurst): void {
    this.#burst = burst;
  }

  /** Ends the requests that are open. @returns how far they came */
  async end(couponId: number): Promise<string> {
    if (this.#burst === null) return 'interrupted before the first request';
    const { requests, record, stop } = this.#burst;
    stop();
    const attempts = await Promise.race([record.catch(() => null), sleep(STOP_WITHIN_MS, null)]);
    const answers = attempts?.filter(({ status }) => status !== null).length;
    const seen =
      answers === undefined ? `${requests} requests` : `${answers} answers, ${requests - answers} requests open`;
    return `interrupted: ${seen}, nothing proven; run \`couponrush verify ${couponId} --live\``;
  }
}
