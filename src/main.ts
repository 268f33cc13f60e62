// `npm start`: reads the configuration and runs the primary until a signal ends it.

import { baseUrl, reachableHost } from './address.ts';
import { OperatorsError } from './admin/operators.ts';
import { readOperators } from './admin/operators-file.ts';
import { type AdminToken, readAdminToken, TokenError } from './admin/token.ts';
import { banner } from './banner.ts';
import { wantsDemo } from './cluster/demo.ts';
import { isRunByNpm, watchParents } from './cluster/parent-watch.ts';
import { prepareRedisAlone, prepareStores } from './cluster/prepare.ts';
import { Primary } from './cluster/primary.ts';
import { type Config, ConfigError, explainConfig, loadConfig } from './config.ts';
import { coresHere, describeWorkers } from './cores.ts';
import { openClaimMemory } from './gate/claim-memory.ts';
import { isEdgeError, readEdge } from './http/edge.ts';
import { chooseEngine, type EngineChoice } from './http/engine/choose.ts';
import { writeRuntime } from './local/runtime-file.ts';
import { createLogger } from './log.ts';
import { createMetrics } from './metrics/metrics.ts';
import { metricsUrlOf } from './overview/own-metrics.ts';
import { checkRedis } from './redis/check.ts';
import { redisConnections } from './redis/connection-budget.ts';
import { checkMysqlForStart } from './store/check.ts';
import { mysqlConnections } from './store/connection-budget.ts';

process.title = 'couponrush primary';

function say(sentence: string): void {
  process.stdout.write(`couponrush: ${sentence}\n`);
}

function fail(sentence: string): never {
  process.stderr.write(`couponrush: ${sentence}\n`);
  process.exit(1);
}

function readConfig(): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

function readToken(): AdminToken {
  try {
    readOperators(config.operatorsFile);
    return readAdminToken(config);
  } catch (error) {
    if (error instanceof TokenError || error instanceof OperatorsError) fail(error.message);
    throw error;
  }
}

/** Keys and certificates are read by each HTTP worker: what is wrong with them is reported once, here. */
function checkEdge(): void {
  try {
    readEdge(config);
  } catch (error) {
    if (isEdgeError(error)) fail(error.message);
    throw error;
  }
}

/** The HTTP workers alone need it: a file that does not fit this machine is reported once, before anything starts. */
function readEngine(): EngineChoice {
  try {
    return chooseEngine(config.httpEngine);
  } catch (error) {
    fail((error as Error).message);
  }
}

const config = readConfig();
const log = createLogger('primary', config.logLevel);
const tls = config.tlsCertFile !== null;
const address = baseUrl({ host: config.host, port: config.port, tls });
const adminAddress = baseUrl({ host: config.adminHost, port: config.adminPort, tls: false });
const { source: tokenSource } = readToken();
checkEdge();
const { engine, reason: engineReason } = readEngine();
if (engineReason !== null) {
  log.warn({ reason: engineReason }, 'the issue API is served by node:http, which takes fewer requests a second');
  say(`HTTP by node:http and not by uWebSockets.js (docs/http-engines.md): ${engineReason}`);
}

const workersNote = describeWorkers(process.env.WORKERS, config.workers, coresHere());
if (workersNote !== null) say(workersNote);

const demo = wantsDemo(config);
const metrics = createMetrics();
const { redisCommands } = metrics;
metrics.engine.showEngine(engine.name, config.httpEngine === 'auto' ? 'auto' : 'setting');
const preparing = { strictDurability: config.strictDurability === 'true', metrics: redisCommands };

const primary = new Primary({
  config,
  engine: { name: engine.name, reason: engineReason },
  log,
  metrics,
  stepsFor: (stores) => ({
    async checkRedis() {
      const { verified, claim } = await checkRedis(
        { url: stores.redisUrl, metrics: redisCommands },
        { by: 'server', connections: redisConnections(config) },
      );
      const proven = verified && claim !== null && openClaimMemory(config.dataDir, stores.mysqlUrl).has(claim);
      return { provenClaim: proven ? claim : null };
    },
    checkMysql: () => checkMysqlForStart(stores, { connections: mysqlConnections(config) }),
    prepare: () => prepareStores(stores, log, { ...preparing, demo }),
    prepareRedisAlone: () => prepareRedisAlone(stores.redisUrl, log, preparing),
  }),
  announce(stores) {
    if (!config.redisUrl || !config.mysqlUrl)
      writeRuntime(config.dataDir, {
        ...stores,
        url: baseUrl({ host: reachableHost(config.host), port: config.port, tls }),
        metricsUrl: metricsUrlOf(config),
        settings: explainConfig(),
      });
    say(banner(config, { address, adminAddress, tokenSource, demo, ...stores }));
  },
  progress: say,
  onFailure(reason) {
    process.exitCode = 1;
    process.stderr.write(`couponrush: ${reason}\n`);
    finish();
  },
});

let stopping = false;

function finish(): void {
  stopping = true;
  void primary.stop().then(() => process.exit());
}

function onSignal(): void {
  if (stopping) {
    primary.kill();
    fail('stopped at once, without finishing');
  }
  if (config.lameDuckMs > 0) say(`not ready from now on, and serving for ${config.lameDuckMs} ms more`);
  say('stopping: answering what is in flight, then writing what was granted');
  finish();
}

/** All or nothing: while one file is bad, everything that was read before stays in force. */
function onHangup(): void {
  try {
    readAdminToken(config);
    readEdge(config);
  } catch (error) {
    if (!isEdgeError(error) && !(error instanceof TokenError)) throw error;
    log.error({ reason: error.message }, 'SIGHUP: a file is bad, so all that was read before stays in force');
    return;
  }
  log.info('SIGHUP: keys, certificate and admin token are read again');
  primary.reload();
}

process.on('SIGTERM', onSignal);
process.on('SIGINT', onSignal);
process.on('SIGHUP', onHangup);
// Output that cannot be written does not end a server; that of npm start is a person or a script, who has gone.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => {
    if (isRunByNpm(process.env) && !stopping) finish();
  });
}
watchParents(process.env, () => {
  if (stopping) return;
  log.warn('npm has ended: stopping, as after SIGTERM');
  finish();
});

primary.start().catch((error: unknown) => {
  if (stopping) return;
  process.exitCode = 1;
  process.stderr.write(`couponrush: ${error instanceof Error ? error.message : String(error)}\n`);
  finish();
});
