// Serves some hundred requests of its own before a worker takes the first one of a user. The code of the issue path is
// compiled by then, the connections to Redis are used, and Redis has the script, so the first burst is as fast as later
// ones.
//
// The requests go through a second server and a second issuer of the same classes, for a coupon with a number that only
// this module knows. Redis is asked with a deadline that has passed, so lua/issue.lua reads and writes nothing of it;
// the decisions are made here.
// Promise: nothing is left of it: no key, row, event, log line or figure in a metric. It ends within WITHIN_MS, and
// what fails in it changes nothing.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { Issuer, type IssuerOptions } from '../issuance/issuer.ts';
import { RecentGrants } from '../issuance/recent-grants.ts';
import { SoldOutKnowledge } from '../issuance/sold-out.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { RedisClock } from '../redis/redis-clock.ts';
import type { VerifiedPool } from '../redis/verified-pool.ts';
import type { HttpEngine } from './engine/engine.ts';
import { trustIdentifier } from './identity/trust.ts';
import { RequestLimits } from './limits/request-limits.ts';
import { issueRoute } from './routes/issue.ts';
import { HttpServer, type OpenRoute } from './server.ts';
import { askRepeatedly } from './warm-up-client.ts';

export interface WarmUpOptions {
  readonly engine: HttpEngine;
  readonly pool: Pick<VerifiedPool, 'size' | 'rehearse'>;
  /** As the worker's own. */
  readonly batchUsersMax: number;
  readonly issueDeadlineMs: number;
  readonly remembersSoldOut: boolean;
}

const HOST = '127.0.0.1';
const WITHIN_MS = 500;
const CONNECTIONS = 64;
const ASKS_EACH = 12;
const DEADLINE_ARGUMENT = 1;
const USERS_ARGUMENT = 4;
/** Above all ids that MySQL gives in a lifetime. */
const COUPON_ID_MIN = 2 ** 52;
/** A script that is late says so: anything else would be a decision. */
const PAST = 1;

/** Never rejects. */
export async function warmUp(options: WarmUpOptions): Promise<void> {
  const couponId = COUPON_ID_MIN + randomInt(2 ** 40);
  const warm = createIssuer(options);
  const server = createServerFor(warm, couponId, options);
  try {
    const port = await freePort();
    await server.listen(HOST, port);
    const path = `/api/v2/me/coupons/${couponId}/issue`;
    await askRepeatedly({ host: HOST, port, path, connections: CONNECTIONS, asksEach: ASKS_EACH, withinMs: WITHIN_MS });
  } catch {
    // The first users get what they would have got without it.
  } finally {
    server.close();
    warm.stop();
  }
}

function createIssuer({ pool, batchUsersMax, remembersSoldOut }: WarmUpOptions): Warm {
  const { batches, decisions, sheds, redisPools } = createMetrics();
  const unasked = { provenMs: Number.NEGATIVE_INFINITY, prove() {}, read: () => null };
  const soldOut = remembersSoldOut ? new SoldOutKnowledge({ feed: unasked, holdersMax: 0, reportError() {} }) : null;
  const options: IssuerOptions = {
    pool: poolOf(pool),
    instance: 'warm-up',
    batchUsersMax,
    inflightMax: CONNECTIONS,
    queueDelayMaxMs: WITHIN_MS,
    outboxRowsMax: 1,
    exists: async () => 'unknown',
    decideNotInRedis: async () => ({ kind: 'not-ready' }),
    adopt: async () => 'not-now',
    idempotencyKeys: { claim: async () => 'unavailable', keep() {} },
    lostGrants: { granted() {} },
    recentGrants: new RecentGrants(),
    soldOut,
    reportError() {},
    metrics: { batches, decisions, sheds, redisPools },
  };
  const issuer = new Issuer(options);
  return {
    issuer,
    stop() {
      issuer.stop();
      soldOut?.stop();
    },
  };
}

interface Warm {
  readonly issuer: Issuer;
  stop(): void;
}

/** Asks Redis too late, and then decides as it would: half of a batch gets the coupon. */
function poolOf(pool: WarmUpOptions['pool']): IssuerOptions['pool'] {
  const clock = new RedisClock();
  clock.observe(Date.now(), performance.now());
  let sequence = 0;
  return {
    size: pool.size,
    usable: true,
    clock,
    async run(lane, script, keys, args) {
      await pool.rehearse(lane, script, keys, args.with(DEADLINE_ARGUMENT, PAST))?.catch(() => {});
      const users = String(args[USERS_ARGUMENT]).split(',').length;
      const issued = Math.ceil(users / 2);
      const first = sequence + 1;
      sequence += issued;
      return ['decided', Date.now(), first, 1, 0, 0, 'i'.repeat(issued) + 's'.repeat(users - issued), null];
    },
  };
}

function createServerFor({ issuer }: Warm, couponId: number, options: WarmUpOptions): HttpServer {
  const { engine, issueDeadlineMs } = options;
  const issue = issueRoute(issuer, issueDeadlineMs);
  const notHere: OpenRoute = (exchange) => exchange.problem('NOT_FOUND');
  return new HttpServer({
    engine,
    identifier: trustIdentifier,
    tls: null,
    routes: {
      // Whoever finds the port while it is open gets no answer that looks like a coupon.
      issue: (exchange, userId, asked, key) =>
        asked === couponId ? issue(exchange, userId, asked, key) : notHere(exchange),
      holding: notHere,
      myCoupons: notHere,
      coupon: notHere,
      live: notHere,
      ready: notHere,
      openapi: notHere,
    },
    limits: new RequestLimits({
      userRequestsPerSecond: 0,
      userRequestsBurst: 1,
      addressRequestsPerSecond: 0,
      addressRequestsBurst: 1,
      trustedProxies: [],
    }),
    cors: null,
    listenQueues: 1,
    reportError() {},
    onUnidentified() {},
    metrics: createMetrics().requests,
  });
}

/** The engines do not say which port they got. If another program takes it in between, there is no warm-up. */
function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen({ host: HOST, port: 0, exclusive: true }, () => {
      const { port } = probe.address() as { readonly port: number };
      probe.close(() => resolve(port));
    });
  });
}
