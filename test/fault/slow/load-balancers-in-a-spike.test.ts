// A spike through nginx and HAProxy, with the files that docs/load-balancer.md recommends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt } from '../../../src/history/attempt.ts';
import { numbers } from '../../support/coupon-stores.ts';
import { missing, startLoadBalancer } from '../../support/load-balancers.ts';
import { askAtOnce } from '../../support/rush.ts';
import { startScene } from '../../support/scene.ts';
import { bothListen } from '../../support/scrape.ts';
import { waitFor } from '../../support/wait.ts';

const CROWD = 2000;
const STOCK = 1200;
/** Clients and proof share a process, and the machine is shared with the servers. */
const PATIENCE_MS = 30_000;

const env = { TRUSTED_PROXIES: '127.0.0.1' };

/** Neither granted nor refused by couponrush with one of these codes. A balancer's own answers have no code. */
function others(history: readonly Attempt[], codes: readonly string[]): Attempt[] {
  return history.filter(({ status, code }) => status !== 201 && (code === null || !codes.includes(code)));
}

for (const name of ['nginx', 'haproxy'] as const) {
  test(`a spike of ${CROWD} through ${name} is answered truthfully`, async (t) => {
    const reason = await missing(name);
    if (reason !== null) return t.skip(reason);
    const scene = await startScene(t, { stock: STOCK, env });
    const { port, identityOf, output } = await startLoadBalancer(t, name, scene.app.port);
    const asking = { port, couponId: scene.couponId, identityOf, patienceMs: PATIENCE_MS };
    const history = await askAtOnce(asking, numbers(1, CROWD));
    assert.deepEqual(others(history, ['OUT_OF_STOCK_COUPON']).slice(0, 3), [], output());
    const { rows } = await scene.prove(history);
    assert.equal(rows, STOCK);
  });

  test(`workers that stop one after the other cost no answer behind ${name}`, async (t) => {
    const reason = await missing(name);
    if (reason !== null) return t.skip(reason);
    const scene = await startScene(t, { stock: 5000, env });
    const { port, identityOf, output } = await startLoadBalancer(t, name, scene.app.port);
    const rush = scene.rush({ port, identityOf, patienceMs: PATIENCE_MS, perSecond: 300, seconds: 6 });
    for (const pid of scene.app.pids('http')) {
      await waitFor('the rush is under way', () => rush.granted > 100);
      process.kill(pid, 'SIGTERM');
      await waitFor('it is replaced', () => !scene.app.pids('http').includes(pid) && bothListen(scene.app.metricsUrl), {
        withinMs: 20_000,
        everyMs: 100,
      });
    }
    const history = await rush.done;
    // A request that was repeated after its reply was lost finds its own coupon. One worker alone may be overloaded.
    assert.deepEqual(others(history, ['ALREADY_ISSUED_COUPON', 'OVERLOADED']).slice(0, 3), [], output());
    await scene.prove(history);
  });
}
