// Entry point of the persister process. Speaks with the primary by IPC:
//   to it    {type: 'ready'} once it consumes, {type: 'heartbeat', status} every 500 ms
//   from it  {type: 'stop'}
// SIGTERM stops as well. A lost primary stops it too, within 3 s. SIGINT is left to the primary: Ctrl-C reaches us both.
// A crash, or a kill at any point, loses nothing: what was not acknowledged is pending in Redis under our name.
import { loadConfig } from '../src/config.ts';
import { createLogger } from '../src/log.ts';
import { createPersister } from '../src/outbox/persister.ts';

const HEARTBEAT_MS = 500;
/** Without a primary nobody waits for us, and 3 s after its end nothing of it may be left. */
const ORPHAN_DRAIN_MS = 2000;
/** After the drain: last flush, threads, connections. Then the process ends, whatever hangs. */
const EXIT_GRACE_MS = 900;

process.title = 'couponrush persister';
const config = loadConfig();
const log = createLogger('persister', config.logLevel);
const persister = createPersister(config, log);

// The gate (verification of a restarted Redis, and its rebuild from MySQL) starts and stops beside the persister here.
const services = [persister] as const;

function send(message: object): void {
  // A primary that is gone is noticed by 'disconnect'; the callback keeps a late write from throwing.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

let stopping = false;
async function stop(reason: string, drainMs: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ reason, drainMs }, 'stopping');
  setTimeout(() => process.exit(0), drainMs + EXIT_GRACE_MS).unref();
  for (const service of services) await service.stop(drainMs);
  process.exit(0);
}

process.on('SIGINT', () => {});
process.on('SIGTERM', () => void stop('SIGTERM', config.drainMs));
process.on('disconnect', () => void stop('the primary is gone', Math.min(config.drainMs, ORPHAN_DRAIN_MS)));
process.on('message', (message) => {
  if ((message as { type?: unknown } | null)?.type === 'stop') void stop('asked to', config.drainMs);
});
setInterval(() => send({ type: 'heartbeat', status: persister.status() }), HEARTBEAT_MS);

for (const service of services) await service.start();
send({ type: 'ready' });
