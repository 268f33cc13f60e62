// The side of a child process: its title, its heartbeat, and the ways in which it is told to stop.
// A child never outlives the primary: when the primary is killed, the IPC channel closes, and the child stops by itself.
import { HEARTBEAT_EVERY_MS, type ToChild, type ToPrimary } from './messages.ts';

export interface Child {
  tell(message: ToPrimary): void;
}

/**
 * @param title without our name, e.g. `http 1`
 * @param stop finishes what is under way, within its own bound; the process then exits with 0
 */
export function joinPrimary(title: string, stop: (reason: 'told' | 'orphaned') => Promise<void>): Child {
  process.title = `couponrush ${title}`;
  let stopping = false;
  const stopOnce = (reason: 'told' | 'orphaned') => {
    if (stopping) return;
    stopping = true;
    stop(reason).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  const tell = (message: ToPrimary) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  };
  process.on('message', (message: ToChild) => {
    if (message.type === 'stop') stopOnce('told');
  });
  process.on('SIGTERM', () => stopOnce('told'));
  // Ctrl-C reaches the whole process group. The primary stops everyone, in order.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => stopOnce('orphaned'));
  setInterval(() => tell({ type: 'heartbeat' }), HEARTBEAT_EVERY_MS).unref();
  return { tell };
}
