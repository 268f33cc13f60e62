// The side of a child process: its title, its heartbeat, and the ways in which it learns that it must stop.
// A child never outlives the primary: when the primary is killed, the IPC channel closes, and the child stops by
// itself.
// A crash, or a kill at any point, loses nothing: what is under way is in Redis.
import nodeModule from 'node:module';
import { ChangeReport } from '../metrics/changes.ts';
import type { Metrics } from '../metrics/metrics.ts';
import {
  HEARTBEAT_EVERY_MS,
  HEARTBEATS_A_REPORT,
  type InstallationMessage,
  type ToChild,
  type ToPrimary,
} from './messages.ts';

export interface Child {
  /** Resolves when the message is with the kernel. */
  tell(message: ToPrimary): Promise<void>;
}

export interface ChildOptions {
  /** Without our name, e.g. `http 1`. */
  readonly title: string;
  /** Milliseconds for a stop that has no bound of its own. */
  readonly drainMs: number;
  /** All of this process: they are reported to the primary. */
  readonly metrics: Pick<Metrics, 'registry' | 'process'>;
  /** Finishes what is under way. The process then exits with 0, and after `withinMs` in any case. */
  readonly stop: (withinMs: number) => Promise<void>;
  /** Reads keys, certificates and tokens again. Does not throw. */
  readonly reload?: () => void;
  readonly onInstallation?: (message: InstallationMessage) => void;
  /** All processes of the node have become ready. */
  readonly onAllRun?: () => void;
  /** The server stops soon. A stop follows. */
  readonly onLameDuck?: () => void;
}

/** Without a primary no process waits, and 6 s after its end none of its processes may be left. */
const ORPHAN_DRAIN_MS = 2000;
/** Kept free at the end of the time for a stop, so that the process ends by itself. */
const EXIT_RESERVE_MS = 100;
/** By then the code of the start has run; with it is kept what it compiled. */
const COMPILED_AFTER_MS = 5000;

export function joinPrimary({
  title,
  drainMs,
  metrics,
  stop,
  reload,
  onInstallation,
  onAllRun,
  onLameDuck,
}: ChildOptions): Child {
  process.title = `couponrush ${title}`;
  let stopping = false;
  const stopOnce = (withinMs: number) => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(0), withinMs);
    stop(Math.max(0, withinMs - EXIT_RESERVE_MS)).then(
      () => void tellMetrics().finally(() => process.exit(0)),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  const tell = (message: ToPrimary) =>
    new Promise<void>((resolve) => {
      if (!process.connected || !process.send) resolve();
      else process.send(message, undefined, undefined, () => resolve());
    });
  const report = new ChangeReport(metrics.registry);
  const tellMetrics = async () => tell({ type: 'metrics', changed: await report.take() });
  process.on('message', (message: ToChild) => {
    if (message.type === 'stop') stopOnce(message.withinMs);
    else if (message.type === 'reload') reload?.();
    else if (message.type === 'all-run') onAllRun?.();
    else if (message.type === 'lame-duck') onLameDuck?.();
    else onInstallation?.(message);
  });
  process.on('SIGTERM', () => stopOnce(drainMs));
  // Ctrl-C reaches the whole process group. The primary stops everyone, in order.
  process.on('SIGINT', () => {});
  // A closed terminal, too. The primary alone decides what it means.
  process.on('SIGHUP', () => {});
  process.on('disconnect', () => stopOnce(Math.min(drainMs, ORPHAN_DRAIN_MS)));
  metrics.process.observeProcess(title);
  void tellMetrics();
  keepCompiled();
  let beats = 0;
  setInterval(() => {
    beats += 1;
    void (beats % HEARTBEATS_A_REPORT === 0 ? tellMetrics() : tell({ type: 'heartbeat' }));
  }, HEARTBEAT_EVERY_MS).unref();
  return { tell };
}

/** Written once the process works, and not at its end: that may be a kill. Only where Node has a compile cache. */
function keepCompiled(): void {
  const { flushCompileCache } = nodeModule as { readonly flushCompileCache?: () => void };
  if (flushCompileCache) setTimeout(flushCompileCache, COMPILED_AFTER_MS).unref();
}
