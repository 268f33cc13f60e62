// An HTTP worker process: composes the issue API, and nothing else.
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { joinPrimary } from '../src/cluster/child.ts';
import { ENGINE_REASON_VARIABLE, type InstallationMessage } from '../src/cluster/messages.ts';
import { loadConfig } from '../src/config.ts';
import { adoptCoupon } from '../src/coupons/adopt.ts';
import { createCors } from '../src/http/cors.ts';
import { ArchivedHoldings } from '../src/http/coupons/archived-holdings.ts';
import { CouponCache } from '../src/http/coupons/coupon-cache.ts';
import { createDecideNotInRedis } from '../src/http/coupons/not-in-redis.ts';
import { OwnedPages } from '../src/http/coupons/owned-pages.ts';
import { PublicViews } from '../src/http/coupons/public-view.ts';
import { isEdgeError, readEdge, readEdgeWhenGood, watchKeyFile } from '../src/http/edge.ts';
import { chooseEngine } from '../src/http/engine/choose.ts';
import { ErrorLog } from '../src/http/error-log.ts';
import { configuredRemoteKeys } from '../src/http/identity/remote-keys.ts';
import { RequestLimits } from '../src/http/limits/request-limits.ts';
import { ReadLimit } from '../src/http/read-limit.ts';
import { createReadiness } from '../src/http/readiness.ts';
import { couponRoute } from '../src/http/routes/coupon.ts';
import { demoPages } from '../src/http/routes/demo.ts';
import { liveRoute, readyRoute } from '../src/http/routes/health.ts';
import { holdingRoute } from '../src/http/routes/holding.ts';
import { issueRoute } from '../src/http/routes/issue.ts';
import { myCouponsRoute } from '../src/http/routes/my-coupons.ts';
import { openapiRoute } from '../src/http/routes/openapi.ts';
import { HttpServer } from '../src/http/server.ts';
import { warmUp } from '../src/http/warm-up.ts';
import { HoldingFinder } from '../src/issuance/holding.ts';
import { IdempotencyKeys } from '../src/issuance/idempotency-keys.ts';
import { Issuer } from '../src/issuance/issuer.ts';
import { LostGrants, readHistory } from '../src/issuance/lost-grants.ts';
import { RecentGrants } from '../src/issuance/recent-grants.ts';
import { SoldOutKnowledge } from '../src/issuance/sold-out.ts';
import { createLogger } from '../src/log.ts';
import { createMetrics } from '../src/metrics/metrics.ts';
import { issueDocument } from '../src/openapi/issue-api.ts';
import { declareReissued } from '../src/rebuild/declared-losses.ts';
import { Witness } from '../src/rebuild/witness.ts';
import { ChangeFeed } from '../src/redis/change-feed.ts';
import { connectForCommands } from '../src/redis/connections.ts';
import { VerifiedPool } from '../src/redis/verified-pool.ts';
import { poolSizes } from '../src/store/connection-budget.ts';
import { openDatabase } from '../src/store/database.ts';

const COMMAND_TIMEOUT_MS = 1000;
/** A coupon with more rows is left to the persister: no one who asks can wait for it. */
const ADOPT_ROWS_MAX = 10_000;

/**
 * A worker takes connections once it can decide: other workers and nodes answer until then, and a balancer that only
 * learns from failures (nginx) would pass on its 503. If nothing can be decided, it answers so after this time.
 */
const LISTEN_ANYWAY_AFTER_MS = 3000;

const config = loadConfig();
const { redisUrl, mysqlUrl } = config;
if (!redisUrl || !mysqlUrl) throw new Error('the primary gives an HTTP worker REDIS_URL and MYSQL_URL');
// Otherwise node:cluster ends the process at once when the primary is gone, with requests in flight.
if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;

const title = `http ${process.env.HTTP_WORKER_NUMBER ?? '1'}`;
const log = createLogger(title, config.logLevel);
const instance = randomBytes(6).toString('hex');
const { report: reportError } = new ErrorLog(log);
const metrics = createMetrics();
const { mysqlPools, redisPools } = metrics;
const redisServer = { url: redisUrl, metrics: metrics.redisCommands };

let installation: InstallationMessage = { type: 'installation', claims: [], problem: null, isFinal: false };
const isOurs = (claim: string | null) => claim !== null && installation.claims.includes(claim);
const pool = new VerifiedPool({
  isOurs,
  server: redisServer,
  name: `${title} decisions`,
  metrics: redisPools.named('decisions'),
  connections: config.redisConnections,
  socketTimeoutMs: config.redisSocketTimeoutMs,
  // A call is settled by its connection's close, or by the batch's deadline. This is the backstop behind both.
  commandTimeoutMs: config.issueDeadlineMs + 500,
  pingMs: config.redisPingMs,
  onUsable() {
    issuer.resume();
    lostGrants.suspect(null);
    witness.beatSoon();
    // A port that can't be had ends this process: the pool would take the error for one of Redis.
    setImmediate(listenIfReady);
  },
});
const reads = new VerifiedPool({
  isOurs,
  server: redisServer,
  name: `${title} reads`,
  metrics: redisPools.named('reads'),
  connections: 1,
  socketTimeoutMs: config.readTimeoutMs,
  commandTimeoutMs: config.readTimeoutMs,
  pingMs: config.redisPingMs,
  onUsable: () => {},
});
const commands = connectForCommands(redisServer, `${title} commands`, COMMAND_TIMEOUT_MS, config.redisPingMs);
// What issuing itself asks of MySQL (does the coupon exist, adopt it) does not wait behind anybody's reads.
const database = openDatabase(mysqlUrl, {
  metrics: mysqlPools.named('issuing'),
  connections: poolSizes.issuing,
  timeoutMs: config.readTimeoutMs,
});
const readDatabase = openDatabase(mysqlUrl, {
  metrics: mysqlPools.named('reads'),
  connections: config.readConnections,
  timeoutMs: config.readTimeoutMs,
});
let lameDuck = false;
/** Whether the node has started, as far as its primary says; a worker without one is a node of its own. */
let allRun = process.send === undefined;
const readLimit = new ReadLimit(config.readsMax, () => issuer.busy);
const recentGrants = new RecentGrants();
/** Of reads that are gathered. */
const gathered = {
  database: readDatabase,
  queriesMax: config.readConnections,
  recent: recentGrants,
  waitingMax: config.readsMax,
  waitMs: config.readTimeoutMs,
  restMs: readLimit.restMs,
};
const ownedPages = new OwnedPages(gathered);
const findHolding = new HoldingFinder({ ...gathered, redis: reads }).find;
const coupons = new CouponCache(database);
const views = new PublicViews(reads, coupons);
const changes = new ChangeFeed({
  server: redisServer,
  name: `${title} changes`,
  metrics: redisPools.named('changes'),
  instance,
  timeoutMs: config.readTimeoutMs,
  pingMs: config.redisPingMs,
  isOurs,
  onChange(couponId) {
    lostGrants.suspect(couponId);
    soldOut?.forget(couponId);
    views.forget(couponId);
    ownedPages.forget();
    if (couponId !== null) coupons.forget(couponId);
  },
  reportError,
});
const soldOut =
  config.soldOutKnowledge === 'on'
    ? new SoldOutKnowledge({ feed: changes, holdersMax: config.soldOutHoldersMax, reportError })
    : null;
const lostGrants = new LostGrants({
  reportError,
  readHistory: (couponId) => readHistory(commands, couponId),
  async declare(lost) {
    const fresh = await declareReissued(database, lost);
    if (fresh)
      log.error(
        { couponId: lost.couponId, ...fresh },
        'declared loss: Redis lost these grants; their numbers are given again',
      );
  },
});
const witness = new Witness({
  database: readDatabase,
  name: `${config.persisterName}/${title}`,
  instance,
  isSettled: (couponId, epoch) => lostGrants.isSettled(couponId, epoch),
  onRegistered: listenIfReady,
});
const issuer = new Issuer({
  pool,
  instance,
  batchUsersMax: config.batchUsersMax,
  inflightMax: config.inflightMax,
  queueDelayMaxMs: config.queueDelayMaxMs,
  outboxRowsMax: config.outboxRowsMax,
  exists: (couponId) => coupons.exists(couponId),
  decideNotInRedis: createDecideNotInRedis({ coupons, archived: new ArchivedHoldings(database) }),
  adopt: (couponId) => adoptCoupon({ redis: commands, database, log }, couponId, ADOPT_ROWS_MAX),
  lostGrants,
  recentGrants,
  idempotencyKeys: new IdempotencyKeys(pool, reportError),
  soldOut,
  reportError,
  metrics: { batches: metrics.batches, decisions: metrics.decisions, sheds: metrics.sheds, redisPools },
});
const remoteKeys = configuredRemoteKeys(config, { log, onFirst: () => setImmediate(listenIfReady) });
const hasKeys = () => remoteKeys === null || remoteKeys.key !== null || config.jwtKeyFile !== null;
const { engine } = chooseEngine(config.httpEngine);
const server = new HttpServer({
  engine,
  routes: {
    issue: issueRoute(issuer, config.issueDeadlineMs),
    holding: readLimit.limited(holdingRoute(findHolding)),
    myCoupons: myCouponsRoute(ownedPages, readLimit),
    coupon: couponRoute(views, readLimit),
    live: liveRoute(),
    openapi: openapiRoute(() => issueDocument(config.identityMode, '/')),
    ready: readyRoute(
      createReadiness({
        pool,
        database,
        commands,
        installationProblem: () => installation.problem,
        hasKeys,
        engineReason: process.env[ENGINE_REASON_VARIABLE] ?? null,
        serverNote: () => (server.draining ? 'draining' : lameDuck ? 'stops soon' : allRun ? null : 'starts'),
      }),
    ),
  },
  pages: demoPages(config),
  ...(await readEdgeWhenGood(config, remoteKeys, log)),
  limits: new RequestLimits(config),
  cors: createCors(config),
  listenQueues: config.listenQueues,
  reportError,
  onUnidentified(reason) {
    metrics.identities.countRefusal(reason);
    log.debug({ reason }, 'the user could not be identified');
  },
  metrics: metrics.requests,
});

const primary = joinPrimary({
  title,
  drainMs: config.drainMs,
  metrics,
  reload: () => void reload(),
  onInstallation(message) {
    const wasOurs = installation.claims.length > 0;
    installation = message;
    // No wait changes this.
    if (message.problem !== null && message.claims.length === 0) listen();
    // Redis became another's. What this process knows of it (connections, sold-out coupons, views) is of no use any
    // more.
    if (wasOurs && message.claims.length === 0) process.exit(1);
  },
  onAllRun() {
    allRun = true;
  },
  onLameDuck() {
    lameDuck = true;
  },
  async stop(withinMs) {
    await server.drain(withinMs);
    server.close();
    issuer.stop();
    lostGrants.stop();
    const left = witness.stop();
    soldOut?.stop();
    changes.close();
    pool.close();
    reads.close();
    commands.disconnect();
    await left;
  },
});
witness.start();
const keyFileWatch = watchKeyFile(config, remoteKeys, log, (edge) => server.replaceEdge(edge));
if (remoteKeys) {
  metrics.identities.watchKeys(() => remoteKeys.ageMs);
  remoteKeys.start();
}

/** What can't be used changes nothing: the server goes on with what it has. */
async function reload(): Promise<void> {
  void remoteKeys?.refresh();
  // It may have seen another content than the one that is read now.
  keyFileWatch?.forget();
  try {
    await server.replaceEdge(readEdge(config, remoteKeys));
  } catch (error) {
    const reason = (error as Error).message;
    log.error(isEdgeError(error) ? { reason } : { err: error }, 'the keys and the certificate in use stay in force');
  }
}

let listening = false;
/** Once it can decide and identify users, and is registered as a witness of grants. */
function listenIfReady(): void {
  if (pool.usable && witness.registered && hasKeys()) listen();
}
/** A port that can't be had ends this process, by the rejection. */
function listen(): void {
  if (listening || server.draining) return;
  listening = true;
  void begin();
}
async function begin(): Promise<void> {
  const { batchUsersMax, issueDeadlineMs } = config;
  await warmUp({ engine, pool, batchUsersMax, issueDeadlineMs, remembersSoldOut: soldOut !== null });
  if (server.draining) return;
  await server.listen(config.host, config.port);
  await primary.tell({ type: 'ready' });
}
setTimeout(listen, LISTEN_ANYWAY_AFTER_MS);
