// Reads that outlast a store's restart: a spike is also run while Redis or MySQL is killed, and is proven afterwards.
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 15_000;
const TRY_AGAIN_AFTER_MS = 250;

/** @throws the last error, once the patience is over. Only for reading: it is done again from its beginning. */
export async function patiently<T>(read: () => Promise<T>): Promise<T> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await sleep(TRY_AGAIN_AFTER_MS);
    }
  }
}
