// A deadline of our own for each call: mysql2's timeout leaves the connection in an unknown state, and its pool waits
// for a free connection without end.
import { OperationalError } from '../errors.ts';

/**
 * @param abandon called when the time is over, to destroy what still runs; a late result of `work` is dropped
 * @throws OperationalError transient with `code`, or what `work` rejects with
 */
export function withDeadline<T>(work: Promise<T>, timeoutMs: number, code: string, abandon: () => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new OperationalError(code, 'transient', `no answer from the database within ${timeoutMs} ms`));
      abandon();
    }, timeoutMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
