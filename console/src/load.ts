// What a page reads from the API, and what it changes there, with their states: loading, failed, there.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, asApiError } from './api.ts';

export interface Loaded<T> {
  /** What was read last; it stays while it is read again, and if that fails. */
  readonly data: T | undefined;
  readonly error: ApiError | null;
  readonly loading: boolean;
  reload(): void;
  /** With what was read elsewhere. */
  replace(data: T): void;
}

/**
 * Reads when the component appears and when `inputs` change. A slow answer to an earlier question is ignored.
 * @param read null: there is nothing to read now
 */
export function useLoad<T>(read: ((signal: AbortSignal) => Promise<T>) | null, inputs: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<{ data: T | undefined; error: ApiError | null; loading: boolean }>({
    data: undefined,
    error: null,
    loading: read !== null,
  });
  const [again, setAgain] = useState(0);
  const current = useRef(read);
  current.current = read;
  // The caller names what the reading depends on
  useEffect(() => {
    const chosen = current.current;
    if (chosen === null) return;
    const control = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    chosen(control.signal).then(
      (data) => {
        if (!control.signal.aborted) setState({ data, error: null, loading: false });
      },
      (error: unknown) => {
        if (control.signal.aborted) return;
        setState((before) => ({ data: before.data, error: asApiError(error), loading: false }));
      },
    );
    return () => control.abort();
  }, [...inputs, again]);
  const reload = useCallback(() => setAgain((count) => count + 1), []);
  const replace = useCallback((data: T) => setState({ data, error: null, loading: false }), []);
  return { ...state, reload, replace };
}

/** Reads again and again, so many milliseconds apart, while it is needed. */
export function useRereading(reload: () => void, everyMs: number, isNeeded = true): void {
  useEffect(() => {
    if (!isNeeded) return;
    const timer = setInterval(reload, everyMs);
    return () => clearInterval(timer);
  }, [reload, everyMs, isNeeded]);
}

export interface Change {
  readonly busy: boolean;
  readonly error: ApiError | null;
  /** Runs it; a second call while one runs does nothing. @returns whether it succeeded */
  run(action: () => Promise<unknown>): Promise<boolean>;
  reset(): void;
}

export function useChange(): Change {
  const [state, setState] = useState<{ busy: boolean; error: ApiError | null }>({ busy: false, error: null });
  const busy = useRef(false);
  const run = useCallback(async (action: () => Promise<unknown>) => {
    if (busy.current) return false;
    busy.current = true;
    setState({ busy: true, error: null });
    try {
      await action();
      setState({ busy: false, error: null });
      return true;
    } catch (error) {
      setState({ busy: false, error: asApiError(error) });
      return false;
    } finally {
      busy.current = false;
    }
  }, []);
  const reset = useCallback(() => setState({ busy: false, error: null }), []);
  return { ...state, run, reset };
}
