// The platform's time, timers and chance: all that makes the rest of the client depend on the moment.

export interface Timing {
  /** Milliseconds since some moment; never set back, and not affected by a change of the device's clock. */
  monotonicMs(): number;
  /** Milliseconds since 1970 by the device's clock, which may be wrong and may be changed. */
  deviceMs(): number;
  /** From 0 to 1, 1 excluded. */
  random(): number;
  /** @throws the signal's reason, as soon as it is aborted */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Longer waits make setTimeout return at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const platformTiming: Timing = {
  monotonicMs: () => performance.now(),
  deviceMs: () => Date.now(),
  random: () => Math.random(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(
        () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
        Math.min(Math.max(ms, 0), TIMER_MS_MAX),
      );
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true });
    });
  },
};

/** @returns a function that calls it off */
export function afterMs(timing: Timing, ms: number, action: () => void): () => void {
  const controller = new AbortController();
  timing.sleep(ms, controller.signal).then(action, () => {});
  return () => controller.abort();
}
