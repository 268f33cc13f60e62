// The first burst right after the start, while nothing is compiled yet. In a network of its own, so that the kernel's
// counter of full listen queues counts nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { Generators } from '../../../src/spike/generators.ts';
import { summarize } from '../../../src/spike/summary.ts';
import type { App } from '../../support/app.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { newCoupon } from '../../support/coupon-stores.ts';
import { listenOverflows } from '../../support/listen-sockets.ts';
import { createNamespace, type NetworkNamespace, whyNoNamespace } from '../../support/network-namespace.ts';
import { type Scene, type SceneContext, startScene } from '../../support/scene.ts';

const skip = whyNoNamespace() ?? false;
/** Clients and stores: each behind a cable of its own. */
const [FRONT, STORES] = [0, 1];

interface Place {
  readonly scene: Scene;
  readonly network: NetworkNamespace;
  readonly host: string;
}

async function startBehindCables(t: SceneContext): Promise<Place> {
  const network = createNamespace(t, 2);
  const scene = await startScene(t, {
    stock: 1,
    redis: { settings: { bind: '0.0.0.0', 'protected-mode': 'no' } },
    mysql: { settings: ['--bind-address=0.0.0.0'] },
  });
  await scene.app.stop();
  return { scene, network, host: network.address(FRONT).theirs };
}

function startInside({ scene, network, host }: Place, env: Record<string, string>): Promise<App> {
  const inside = (text: string) => {
    const url = new URL(text);
    url.hostname = network.address(STORES).ours;
    return url.href;
  };
  return scene.startNode({
    through: network.through,
    redisUrl: inside(scene.stores.server.url),
    mysqlUrl: inside(scene.stores.mysqlUrl),
    env: { HOST: host, TRUST_GATEWAY: 'true', ...env },
  });
}

/** One start, its first burst, and the end. @returns connections that found a full queue */
async function coldBurst(t: SceneContext, place: Place, users: number, env: Record<string, string>): Promise<number> {
  const { scene, host } = place;
  const couponId = await newCoupon(scene.stores.database, users / 2);
  await preloadCoupon(scene.stores, couponId);
  const generators = await Generators.start(users);
  const app = await startInside(place, env);
  try {
    const [worker = 0] = app.pids('http');
    const before = listenOverflows(worker);
    const url = `${env.TLS_CERT_FILE ? 'https' : 'http'}://${host}:${app.port}`;
    const order = { url, couponId, users: Array.from({ length: users }, (_, index) => index + 1), timeoutSeconds: 20 };
    const history = await generators.run(order).record;
    const overflows = listenOverflows(worker) - before;
    const { connectsWithinMs, withConnectMs, answers } = summarize(history);
    t.diagnostic(
      `${users} connects within ${connectsWithinMs} ms: ${overflows} overflows, p99 ${withConnectMs?.p99} ms, ` +
        `slowest ${withConnectMs?.max} ms`,
    );
    assert.deepEqual(answers, { '201': users / 2, '400 OUT_OF_STOCK_COUPON': users / 2 });
    return overflows;
  } finally {
    generators.close();
    assert.equal(await app.stop(), 0);
  }
}

for (const { workers, users, starts } of [
  { workers: 1, users: 2000, starts: 10 },
  { workers: 4, users: 5000, starts: 3 },
]) {
  test(`${users} connects right after the start, ${workers} ` +
    `worker(s): none is dropped, ${starts} starts of ${starts}`, {
    skip,
  }, async (t) => {
    const place = await startBehindCables(t);
    for (let start = 0; start < starts; start++) {
      assert.equal(await coldBurst(t, place, users, { WORKERS: String(workers) }), 0, `start ${start + 1}`);
    }
  });
}

test('700 connects over TLS right after the start, 1 worker: none is dropped', { skip }, async (t) => {
  const { certFile, keyFile } = makeCertificates();
  const place = await startBehindCables(t);
  const env = { WORKERS: '1', TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile };
  assert.equal(await coldBurst(t, place, 700, env), 0);
});
