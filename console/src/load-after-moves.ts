// What is read once after each move of a coupon, because the figures in it come by the stream.
import { useRef } from 'preact/hooks';
import { answering, changes } from './live.ts';
import { type Loaded, useLoad } from './load.ts';

/**
 * @param isWhole whether both stores had answered: what was read without one is read again when a store comes or goes
 */
export function useLoadAfterMoves<T>(
  read: (signal: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
  isWhole: (data: T) => boolean,
): Loaded<T> {
  const partial = useRef(false);
  const loaded = useLoad(read, [...inputs, changes.value, partial.current ? answering.value : '']);
  partial.current = loaded.data !== undefined && !isWhole(loaded.data);
  return loaded;
}
