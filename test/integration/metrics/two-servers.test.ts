// Two servers in one process, on the same stores: each one's metrics tell what went through it, and nothing of the
// other.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Config, loadConfig } from '../../../src/config.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { readEdge } from '../../../src/http/edge.ts';
import { chooseEngine } from '../../../src/http/engine/choose.ts';
import { RequestLimits } from '../../../src/http/limits/request-limits.ts';
import { issueRoute } from '../../../src/http/routes/issue.ts';
import { HttpServer, type Routes } from '../../../src/http/server.ts';
import { decisions } from '../../../src/issuance/decision.ts';
import { IdempotencyKeys } from '../../../src/issuance/idempotency-keys.ts';
import { Issuer } from '../../../src/issuance/issuer.ts';
import { createMetrics, type Metrics } from '../../../src/metrics/metrics.ts';
import { VERIFIED_RUN_ID } from '../../../src/redis/keys.ts';
import { runIdOf, VerifiedPool } from '../../../src/redis/verified-pool.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { type CouponStores, newCoupon, openStores } from '../../support/coupon-stores.ts';
import { freePort } from '../../support/free-port.ts';
import { startPersister } from '../../support/handover.ts';
import { waitFor } from '../../support/wait.ts';

interface Series {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const fail = (error: unknown) => {
  throw error;
};

/** The way of a grant: HTTP, decisions, outbox, rows. */
async function startServer(t: TestContext, stores: CouponStores, name: string, settings: Record<string, string>) {
  const env = { REDIS_URL: stores.server.url, MYSQL_URL: stores.mysqlUrl, COUPONRUSH_PERSISTER_NAME: name };
  const config = loadConfig({ ...env, ...settings });
  const metrics = createMetrics();
  const pool = new VerifiedPool({
    server: { url: stores.server.url, metrics: metrics.redisCommands },
    name,
    metrics: metrics.redisPools.named('decisions'),
    connections: config.redisConnections,
    socketTimeoutMs: 1000,
    commandTimeoutMs: 2500,
    isOurs: () => true,
    onUsable: () => {},
  });
  const database = openDatabase(stores.mysqlUrl, {
    metrics: metrics.mysqlPools.named('reads'),
    connections: config.readConnections,
    timeoutMs: 1000,
  });
  const issuer = openIssuer(config, pool, metrics, name);
  const unused = () => assert.fail('only the issue route is asked');
  const unusedRoutes = { holding: unused, myCoupons: unused, coupon: unused, live: unused, ready: unused };
  const routes: Routes = { ...unusedRoutes, openapi: unused, issue: issueRoute(issuer, 2000) };
  const limits = new RequestLimits(config);
  const { engine } = chooseEngine('auto');
  const rest = { listenQueues: 1, reportError: fail, onUnidentified: unused, metrics: metrics.requests };
  const server = new HttpServer({ engine, routes, ...readEdge(config), limits, cors: null, ...rest });
  const port = await freePort();
  await server.listen('127.0.0.1', port);
  t.after(async () => {
    server.close();
    issuer.stop();
    pool.close();
    await database.close();
  });
  const persister = startPersister(t, config, metrics);
  await waitFor('it can decide', () => pool.figures().usable === pool.size);
  return { url: `http://127.0.0.1:${port}`, metrics, persister };
}

function openIssuer(config: Config, pool: VerifiedPool, metrics: Metrics, instance: string): Issuer {
  return new Issuer({
    pool,
    instance,
    batchUsersMax: config.batchUsersMax,
    inflightMax: config.inflightMax,
    queueDelayMaxMs: config.queueDelayMaxMs,
    outboxRowsMax: config.outboxRowsMax,
    exists: () => Promise.resolve('yes'),
    decideNotInRedis: () => Promise.resolve(decisions.notReady),
    adopt: () => Promise.resolve('absent'),
    idempotencyKeys: new IdempotencyKeys(pool, fail),
    lostGrants: { granted: () => {} },
    recentGrants: { add: () => {} },
    soldOut: null,
    reportError: fail,
    metrics,
  });
}

/** Sum of the series with this name that have these labels; those of a histogram are named as in the text format. */
async function sum({ registry }: Metrics, name: string, labels: Record<string, string> = {}): Promise<number> {
  const snapshot = await registry.getMetricsAsJSON();
  return snapshot
    .flatMap((metric) => (metric.values as Series[]).map((series) => ({ metricName: metric.name, ...series })))
    .filter(({ metricName }) => metricName === name)
    .filter((each) => Object.entries(labels).every(([label, text]) => each.labels[label] === text))
    .reduce((total, { value }) => total + value, 0);
}

async function issue(url: string, couponId: number, users: readonly number[]): Promise<number[]> {
  const ask = (user: number) =>
    fetch(`${url}/api/v2/me/coupons/${couponId}/issue`, {
      method: 'POST',
      headers: { 'Commerce-User-Id': String(user), Connection: 'close' },
    });
  return await Promise.all(users.map(async (user) => (await ask(user)).status));
}

test('two servers in one process do not count each other', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, 10);
  await preloadCoupon(stores, couponId);
  await redis.set(VERIFIED_RUN_ID, runIdOf(await redis.info('server')) as string);
  const connections = (redis: number, mysql: number) => ({
    COUPONRUSH_REDIS_CONNECTIONS: String(redis),
    COUPONRUSH_READ_CONNECTIONS: String(mysql),
  });
  const first = await startServer(t, stores, 'first', connections(1, 2));
  const second = await startServer(t, stores, 'second', connections(3, 4));

  assert.deepEqual(await issue(first.url, couponId, [1, 2, 3, 4, 5, 6, 7]), Array(7).fill(201));
  assert.deepEqual(await issue(second.url, couponId, [8, 9]), [201, 201]);
  assert.deepEqual(await issue(second.url, couponId, [9]), [400]);
  await waitFor('all rows are written', async () => {
    const written = [first, second].map(({ persister }) => persister.status().writtenRows);
    return (written[0] as number) + (written[1] as number) === 9;
  });

  const told = async (name: string, labels?: Record<string, string>) => [
    await sum(first.metrics, `couponrush_${name}`, labels),
    await sum(second.metrics, `couponrush_${name}`, labels),
  ];
  const answered = (outcome: string) => told('requests_total', { outcome });
  assert.deepEqual(
    [await answered('granted'), await answered('already_issued')],
    [
      [7, 2],
      [0, 1],
    ],
  );
  assert.deepEqual(await told('request_duration_seconds_count'), [7, 3]);
  assert.deepEqual(await told('decisions_total', { outcome: 'granted' }), [7, 2]);
  assert.deepEqual(await told('batch_users_sum'), [7, 3]);
  assert.deepEqual(await told('redis_pool_connections_limit', { pool: 'decisions' }), [1, 3]);
  assert.deepEqual(await told('mysql_pool_connections_limit', { pool: 'reads' }), [2, 4]);
  const rows = [first.persister.status().writtenRows, second.persister.status().writtenRows];
  assert.deepEqual(await told('rows_written_total'), rows);
  const batches = await told('batch_users_count');
  assert.deepEqual(await told('redis_script_duration_seconds_count', { script: 'issue' }), batches);
});
