// The file of named operators as the admin process has it in force. It is read again when it changes. While it is bad
// or gone, the operators who were in it before stay in force, and the log says so.
import { readFileSync } from 'node:fs';
import type { Logger } from '../log.ts';
import { watchFile } from '../runtime/file-watch.ts';
import { type Operator, OperatorsError, parseOperators } from './operators.ts';

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
  const { code, message } = error as NodeJS.ErrnoException;
  const hint = code === 'ENOENT' ? '; make it with `couponrush operator add NAME --role admin`' : '';
  return new OperatorsError(`COUPONRUSH_OPERATORS_FILE can't be read: ${message}${hint}`);
}

/** @returns the end of the watch */
export function watchOperators(
  path: string,
  log: Logger,
  onChange: (operators: readonly Operator[]) => void,
  lookEveryMs?: number,
): () => void {
  const accept = (found: string | Error) => {
    try {
      if (found instanceof Error) throw unreadable(found);
      const operators = parseOperators(found, path);
      onChange(operators);
      log.info({ operators: operators.length }, 'the operators are read');
    } catch (error) {
      if (!(error instanceof OperatorsError)) throw error;
      log.error({ reason: error.message }, 'the file of operators is bad: those before stay in force');
    }
  };
  return watchFile(path, accept, lookEveryMs).end;
}
