// The file of named operators as the admin process has it in force. It is read again when it changes. While it is bad
// or gone, the operators who were in it before stay in force, and the log says so.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { type Operator, OperatorsError, parseOperators } from './operators.ts';

/**
 * A file is read whole: on network shares and for secrets of orchestrators neither events nor times can be relied on.
 */
const LOOK_EVERY_MS = 1000;
/** An editor may empty the file before it writes: a change counts if it is still the same after this. */
const SETTLED_MS = 50;

/** @param path null: there are none. @throws OperatorsError if it can't be read or a line is bad */
export function readOperators(path: string | null): Operator[] {
  return path === null ? [] : parseOperators(textOf(path), path);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): OperatorsError {
  return new OperatorsError(`COUPONRUSH_OPERATORS_FILE can't be read: ${(error as Error).message}`);
}

/** @returns the end of the watch */
export function watchOperators(
  path: string,
  log: Logger,
  onChange: (operators: readonly Operator[]) => void,
  lookEveryMs = LOOK_EVERY_MS,
): () => void {
  /** What was checked last, good or bad: each is reported once. */
  let seen: string | null = null;
  let running = false;
  const read = () => readFile(path, 'utf8').catch((error: unknown) => unreadable(error));
  const keyOf = (found: string | OperatorsError) => (found instanceof Error ? found.message : found);
  const look = async (): Promise<void> => {
    const found = await read();
    const key = keyOf(found);
    if (key === seen) return;
    await sleep(SETTLED_MS);
    if (keyOf(await read()) !== key) return;
    seen = key;
    try {
      if (found instanceof Error) throw found;
      const operators = parseOperators(found, path);
      onChange(operators);
      log.info({ operators: operators.length }, 'the operators are read');
    } catch (error) {
      if (!(error instanceof OperatorsError)) throw error;
      log.error({ reason: error.message }, 'the file of operators is bad: those before stay in force');
    }
  };
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    void look().finally(() => {
      running = false;
    });
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
