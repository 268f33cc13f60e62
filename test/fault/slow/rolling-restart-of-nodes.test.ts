// Two nodes behind a balancer with the files of deploy/load-balancer, restarted one after the other in a rush: as an
// upgrade does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { App } from '../../support/app.ts';
import { missing, startLoadBalancer } from '../../support/load-balancers.ts';
import { startScene } from '../../support/scene.ts';
import { scrape } from '../../support/scrape.ts';
import { waitFor } from '../../support/wait.ts';

const PER_SECOND = 200;
/** Ended by the test; long enough for two starts on a busy machine. */
const SECONDS_MAX = 200;
const PATIENCE_MS = 30_000;
/** On a busy machine nothing is refused for its slowness. The balancers wait for 5 s. */
const patient = { COUPONRUSH_QUEUE_DELAY_MAX_MS: '10000', ISSUE_DEADLINE_MS: '4500' };
/** Longer than HAProxy takes to see a node that is not ready: two checks, 1 s apart. */
const LAME_DUCK_MS = 2500;

for (const name of ['nginx', 'haproxy'] as const) {
  test(`two nodes behind ${name} restarted one by one: no request fails, and each node drains`, async (t) => {
    const reason = await missing(name);
    if (reason !== null) return t.skip(reason);
    const env = { ...patient, TRUSTED_PROXIES: '127.0.0.1', COUPONRUSH_LAME_DUCK_MS: String(LAME_DUCK_MS) };
    const scene = await startScene(t, { stock: PER_SECOND * SECONDS_MAX, env });
    const nodes = [scene.app, await scene.startNode()];
    const { port, identityOf, output } = await startLoadBalancer(t, name, ...nodes.map((node) => node.port));
    const rush = scene.rush({
      port,
      identityOf,
      patienceMs: PATIENCE_MS,
      perSecond: PER_SECOND,
      seconds: SECONDS_MAX,
    });
    await waitFor('the rush is under way', () => rush.granted > PER_SECOND, { withinMs: 30_000 });

    const successors: App[] = [];
    const [first, second] = nodes as [App, App];
    await waitFor(
      'both have their share',
      async () => (await grantedBy(first)) > PER_SECOND / 4 && (await grantedBy(second)) > PER_SECOND / 4,
      { withinMs: 30_000 },
    );
    for (const node of nodes) {
      const startedMs = performance.now();
      assert.equal(await node.stop(), 0, 'it drained');
      t.diagnostic(`port ${node.port} stopped in ${Math.round(performance.now() - startedMs)} ms`);
      const successor = await scene.startNode({ port: node.port });
      successors.push(successor);
      // A balancer that had seen it refuse connections leaves it out for a while.
      await waitFor('it has its share', async () => (await grantedBy(successor)) > PER_SECOND / 4, {
        withinMs: 30_000,
      });
    }
    rush.stop();
    const history = await rush.done;
    // A request that was repeated after its reply was lost finds its own coupon.
    const failed = history.filter(({ status, code }) => status !== 201 && code !== 'ALREADY_ISSUED_COUPON');
    assert.deepEqual(failed.slice(0, 3), [], `${failed.length} of ${history.length} failed; ${output()}`);
    await scene.prove(history, { url: (successors[0] as App).url });
  });
}

async function grantedBy(node: App): Promise<number> {
  return (await scrape(node.metricsUrl)).sum('couponrush_decisions_total', { outcome: 'granted' });
}
