// A file whose content may change while the process runs.
// It is read whole: on network shares and for secrets of orchestrators neither events nor times can be relied on.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 1000;
/** An editor may empty the file before it writes: a change counts if it is still the same after this. */
const SETTLED_MS = 50;

export interface FileWatch {
  /** What was found last does not count any more: the next look reports what it finds. */
  forget(): void;
  end(): void;
}

/**
 * @param onChange called with what was found: at the first look, and once for each other content or error after it. It
 * does not throw.
 */
export function watchFile(
  path: string,
  onChange: (found: string | Error) => void,
  lookEveryMs = LOOK_EVERY_MS,
): FileWatch {
  let seen: string | null = null;
  let running = false;
  let ended = false;
  const read = () => readFile(path, 'utf8').catch((error: Error) => error);
  const keyOf = (found: string | Error) => (found instanceof Error ? `error: ${found.message}` : `text: ${found}`);
  const look = async (): Promise<void> => {
    const found = await read();
    const key = keyOf(found);
    if (key === seen) return;
    await sleep(SETTLED_MS);
    if (keyOf(await read()) !== key || ended) return;
    seen = key;
    onChange(found);
  };
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    void look().finally(() => {
      running = false;
    });
  }, lookEveryMs);
  timer.unref();
  return {
    forget() {
      seen = null;
    },
    end() {
      ended = true;
      clearInterval(timer);
    },
  };
}
