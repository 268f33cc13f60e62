// A rush with a brake at hand: by the admin API, by the command line here and from afar, and what must hold after it.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { preloadCoupon } from '../../src/coupons/preload.ts';
import { openDatabase } from '../../src/store/database.ts';
import { listAudit } from '../../src/store/tables/audit.ts';
import { readCoupon } from '../../src/store/tables/coupons.ts';
import { ADMIN_TOKEN, type App } from './app.ts';
import { type CliRun, runCli } from './cli.ts';
import { type CouponStores, newCoupon } from './coupon-stores.ts';
import { testFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import type { Rush } from './rush.ts';
import { type Scene, startScene } from './scene.ts';
import type { Scope } from './servers.ts';
import { waitFor } from './wait.ts';

const WITHIN_MS = 3000;
const NODE_STARTS_MS = 250;

export interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly ms: number;
}

export async function admin(app: App, method: string, path: string): Promise<Told> {
  const startMs = performance.now();
  const reply = await fetch(`${app.adminUrl}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-operator': 'alice' },
  });
  const body = (await reply.json()) as Record<string, unknown>;
  return { status: reply.status, body, ms: performance.now() - startMs };
}

export async function timed(
  t: TestContext,
  what: string,
  limitMs: number,
  work: Promise<CliRun>,
): Promise<Record<string, unknown>> {
  const startMs = performance.now();
  const { code, stdout, stderr } = await work;
  const ms = performance.now() - startMs;
  t.diagnostic(`${what}: ${Math.round(ms)} ms`);
  assert.equal(code, 0, stdout + stderr);
  assert.ok(ms < limitMs, `${what} took ${Math.round(ms)} ms of ${Math.round(limitMs)}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** The same stores with a MySQL that refuses connections. */
export async function withoutMysql(t: Scope, stores: CouponStores): Promise<CouponStores> {
  const database = openDatabase(`mysql://u:p@127.0.0.1:${await freePort()}/none`, { connections: 1, timeoutMs: 1000 });
  t.after(() => database.close());
  return { ...stores, database };
}

export async function startRushing(t: TestContext) {
  const dataDir = testFolder('brake');
  const scene = await startScene(t, { stock: 100_000, mysql: {}, env: { COUPONRUSH_DATA_DIR: dataDir } });
  const second = await newCoupon(scene.stores.database, 5);
  await preloadCoupon(scene.stores, second);
  const { server, mysqlUrl } = scene.stores;
  const local = { REDIS_URL: server.url, MYSQL_URL: mysqlUrl, COUPONRUSH_DATA_DIR: dataDir };
  const remote = { COUPONRUSH_ADMIN_URL: scene.app.adminUrl, COUPONRUSH_ADMIN_TOKEN: ADMIN_TOKEN };
  const rush = scene.rush({ perSecond: 40, seconds: 100 });
  await waitFor('the rush is under way', () => rush.granted > 20);
  return { scene, second, local, remote, rush, limitMs: await limitNow() };
}

/** 3 s, and so much longer as a machine that is busy with other things takes to start Node. */
export async function limitNow(): Promise<number> {
  const startMs = performance.now();
  await runCli({}, '--version');
  return WITHIN_MS * Math.max(1, (performance.now() - startMs) / NODE_STARTS_MS);
}

/** From the moment at which a pause was acknowledged. */
export async function proveStopped(rush: Rush, pausedMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 300));
  const later = rush.attempts.filter(({ sentAtMs }) => (sentAtMs ?? 0) > pausedMs);
  assert.ok(later.length > 0);
  assert.deepEqual(
    later.filter(({ status }) => status === 201),
    [],
  );
}

/** @param actors each of them has paused it, in any order: each mark is recorded once, by the process that is first */
export async function provePauseIsRecorded({ stores, app }: Scene, couponId: number, actors: RegExp[]): Promise<void> {
  const readPauses = async () =>
    (await listAudit(stores.database, { couponId, limit: 20 })).filter(
      ({ action, after }) => action === 'pause' && after?.state === 'PAUSED',
    );
  const recorded = async (actor: RegExp) => (await readPauses()).filter((pause) => actor.test(pause.actor));
  for (const actor of actors) {
    await waitFor(`MySQL has the pause of ${actor}`, async () => (await recorded(actor)).length > 0, {
      withinMs: 20_000,
    });
    const [pause, ...others] = await recorded(actor);
    assert.ok(pause?.after?.inEffectAt, app.output());
    assert.deepEqual(others, []);
  }
  assert.equal((await readCoupon(stores.database, couponId))?.state, 'PAUSED');
}
