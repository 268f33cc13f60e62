// The admin process: composes the admin API, and nothing else. On its own, so that nothing an operator asks for takes
// time from a request for a coupon, and a failure of it does not stop them.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { issueUrl } from '../src/address.ts';
import { Authentication } from '../src/admin/authentication.ts';
import { readConsoleFiles } from '../src/admin/console-files.ts';
import { findRefusal } from '../src/admin/installation-check.ts';
import { type Operator, OperatorsError } from '../src/admin/operators.ts';
import { readOperators, watchOperators } from '../src/admin/operators-file.ts';
import { createAdminServer } from '../src/admin/server.ts';
import { pingOf, StoreWatch } from '../src/admin/store-watch.ts';
import { readAdminToken, TokenError } from '../src/admin/token.ts';
import { joinPrimary } from '../src/cluster/child.ts';
import { type InstallationMessage, SETTINGS_VARIABLE } from '../src/cluster/messages.ts';
import { type ExplainedSetting, loadConfig } from '../src/config.ts';
import { createEventsOut } from '../src/events/events-out.ts';
import { readRedisClaim } from '../src/gate/installation.ts';
import { createLogger } from '../src/log.ts';
import { createMetrics } from '../src/metrics/metrics.ts';
import { adminDocument } from '../src/openapi/admin-document.ts';
import { metricsUrlOf } from '../src/overview/own-metrics.ts';
import { projectRoot } from '../src/project.ts';
import { connectForCommands } from '../src/redis/connections.ts';
import { poolSizes } from '../src/store/connection-budget.ts';
import { askMysql, openDatabase } from '../src/store/database.ts';

const REDIS_TIMEOUT_MS = 5000;
/** Counting the rows of a coupon with millions of them takes seconds. */
const MYSQL_TIMEOUT_MS = 60_000;
/** The process of a primary that was killed holds the port for as long as it drains. */
const PORT_WAIT_MS = 6000;
const PORT_RETRY_MS = 200;
/** For one question, and for the connection before it. */
const SIGN_OF_LIFE_MS = 1000;

const config = loadConfig();
const { redisUrl, mysqlUrl } = config;
if (!redisUrl || !mysqlUrl) throw new Error('the primary gives the admin process REDIS_URL and MYSQL_URL');

const log = createLogger('admin', config.logLevel);
const metrics = createMetrics();
const redis = connectForCommands(
  { url: redisUrl, metrics: metrics.redisCommands },
  'admin',
  REDIS_TIMEOUT_MS,
  config.redisPingMs,
);
const database = openDatabase(mysqlUrl, { connections: poolSizes.admin - 1, timeoutMs: MYSQL_TIMEOUT_MS });
const events = createEventsOut(mysqlUrl, config, log, metrics);
const signs = openDatabase(mysqlUrl, { connections: 1, timeoutMs: SIGN_OF_LIFE_MS });
const watch = new StoreWatch({ askMysql: () => askMysql(signs), askRedis: pingOf(redis) });
let installation: InstallationMessage = { type: 'installation', claims: [], problem: null, isFinal: false };

/**
 * The primary refused a bad file at its start. If it became bad since, the shared token works, and the watch goes on.
 */
function operatorsAtStart(): readonly Operator[] {
  try {
    return readOperators(config.operatorsFile);
  } catch (error) {
    if (!(error instanceof OperatorsError)) throw error;
    log.error({ reason: error.message }, 'the file of operators is bad: none of them is let in');
    return [];
  }
}

/** The primary's own: this process was given other URLs, and not every secret. */
function settingsOfPrimary(): readonly ExplainedSetting[] {
  return JSON.parse(process.env[SETTINGS_VARIABLE] ?? '[]');
}

const authentication = new Authentication({
  token: readAdminToken(config).token,
  operators: operatorsAtStart(),
  failuresMax: config.adminFailuresMax,
  onLocked: (source) => log.warn({ source }, 'many wrong tokens for the admin API from one address'),
});
const unwatch = config.operatorsFile
  ? watchOperators(config.operatorsFile, log, (operators) => authentication.replaceOperators(operators))
  : () => {};
const app = createAdminServer({
  authentication,
  refusal: () =>
    findRefusal({ known: () => installation, readClaim: async () => (await readRedisClaim(redis))?.claim ?? null }),
  watch,
  servers: { redis, database, log },
  openapi: JSON.stringify(adminDocument('/')),
  metricsUrl: metricsUrlOf(config),
  rehearse: {
    url: issueUrl(config),
    identityMode: config.identityMode,
    issueDeadlineMs: config.issueDeadlineMs,
  },
  prometheusUrl: config.prometheusUrl,
  liveDatabase: signs,
  settings: settingsOfPrimary,
  consoleFiles: readConsoleFiles(join(projectRoot, 'dist', 'console')),
});

const primary = joinPrimary({
  title: 'admin',
  drainMs: config.drainMs,
  metrics,
  reload() {
    try {
      authentication.replaceToken(readAdminToken(config).token);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      log.error({ reason: error.message }, 'the token in use stays in force');
    }
  },
  onInstallation(message) {
    installation = message;
  },
  async stop() {
    unwatch();
    const eventsStopped = events.stop();
    await app.close();
    await eventsStopped;
    watch.stop();
    redis.disconnect();
    await Promise.all([database.close(), signs.close()]);
  },
});

async function listen(): Promise<void> {
  for (const until = performance.now() + PORT_WAIT_MS; ; ) {
    try {
      await app.listen({ host: config.adminHost, port: config.adminPort });
      return;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL' && code !== 'EACCES') throw error;
      if (code !== 'EADDRINUSE' || performance.now() > until) {
        await primary.tell({
          type: 'failed',
          message: `the admin API can't listen: ${message}; set ADMIN_HOST or ADMIN_PORT`,
        });
        // The primary ends at its own start, and later tries again with another process.
        process.exit(1);
      }
      await sleep(PORT_RETRY_MS);
    }
  }
}

await listen();
events.start();
void primary.tell({ type: 'ready' });
