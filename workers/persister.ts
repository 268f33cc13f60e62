// The persister process: composes what moves grants from the outbox to MySQL, and nothing else.
import { joinPrimary } from '../src/cluster/child.ts';
import { loadConfig } from '../src/config.ts';
import { createLogger } from '../src/log.ts';
import { createPersister } from '../src/outbox/persister.ts';

/** After the drain: last flush, threads, connections. */
const LAST_STEPS_MS = 800;

const config = loadConfig();
const log = createLogger('persister', config.logLevel);
const persister = createPersister(config, log);

const primary = joinPrimary({
  title: 'persister',
  drainMs: config.drainMs,
  stop: (withinMs) => persister.stop(Math.max(0, withinMs - LAST_STEPS_MS)),
  status: () => persister.status(),
});
await persister.start();
primary.tell({ type: 'ready' });
