// The keeper: the process that owns the embedded Redis and MySQL. The primary forks it first and stops it last.
// Promise: it reports `ready` or `failed` to the primary, once. When the primary is gone it leaves the servers to the
// HTTP workers and the persister for ORPHAN_GRACE_MS, then stops them: 6 s after a kill -9 of the primary no process is
// left. A kill -9 of the keeper itself: the kernel signals the servers to stop (Linux); elsewhere the next start stops
// them.
import type { ToChild, ToPrimary } from '../src/cluster/messages.ts';
import { loadConfig } from '../src/config.ts';
import { type LocalServers, startLocalServers } from '../src/local/local-servers.ts';
import { createLogger } from '../src/log.ts';

/** 2.5 s for the workers to finish + 2.5 s for the servers to stop = 5 s, of the 6 s promised. */
const ORPHAN_GRACE_MS = 2500;

process.title = 'couponrush local-servers';
const config = loadConfig();
/** A SIGTERM to the whole group (systemd, `timeout`) reaches us with the primary, whose workers still need the servers:
 * its stop message, or its end, is awaited for so long. Longer than the primary waits for its processes at a stop. */
const termGraceMs = config.lameDuckMs + config.drainMs + 2500;
const log = createLogger('local-servers', config.logLevel);

function tell(message: ToPrimary): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, undefined, undefined, () => resolve());
  });
}

let servers: LocalServers | null = null;

/** Once: what is asked while a stop is under way changes nothing, except that it may come sooner. */
let stopping: NodeJS.Timeout | null = null;
function stopAfter(graceMs: number, why: string): void {
  // Before `ready` there is no one to wait for. Exiting makes servers that were just started stop.
  if (servers === null) process.exit(1);
  const due = servers;
  if (stopping !== null) clearTimeout(stopping);
  else log.info({ why, graceMs }, 'stops the servers');
  due.announceStop();
  stopping = setTimeout(async () => {
    await due.stop();
    process.exit(0);
  }, graceMs);
}

// A terminal's Ctrl-C reaches the whole process group; the primary decides.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('SIGTERM', () => stopAfter(process.connected ? termGraceMs : 0, 'SIGTERM'));
process.on('message', (message: ToChild) => {
  if (message.type === 'stop') stopAfter(0, 'asked by the primary');
});
process.on('disconnect', () => stopAfter(ORPHAN_GRACE_MS, 'the primary is gone'));

try {
  servers = await startLocalServers({
    dataDir: config.dataDir,
    log,
    redisUrl: config.redisUrl,
    mysqlUrl: config.mysqlUrl,
    mysqlMigrationUrl: config.mysqlMigrationUrl,
    mode: config.localServers,
    progress: (text) => void tell({ type: 'progress', text }),
  });
  const { redisUrl, mysqlUrl, mysqlMigrationUrl } = servers;
  await tell({ type: 'ready', redisUrl, mysqlUrl, mysqlMigrationUrl });
} catch (error) {
  log.error({ reason: (error as Error).message }, 'the own servers could not be started');
  await tell({ type: 'failed', message: (error as Error).message });
  process.exit(1);
}
