import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricsHub } from '../../../src/metrics/hub.ts';
import { MetricsRegistry, type Snapshot } from '../../../src/metrics/registry.ts';

/** What a child would tell: one counter, and a gauge of each kind. */
function snapshot(count: number, gauge: number): Snapshot {
  const metric = (name: string, type: string, aggregator: string, value: number) => ({
    name,
    type,
    aggregator,
    help: 'A test.',
    values: [{ labels: {}, value }],
  });
  return [
    metric('hub_events_total', 'counter', 'sum', count),
    metric('hub_connections', 'gauge', 'sum', gauge),
    metric('hub_wait_seconds', 'gauge', 'max', gauge),
  ] as unknown as Snapshot;
}

async function read(hub: MetricsHub): Promise<Record<string, number>> {
  const lines = (await hub.text()).split('\n').filter((line) => line.startsWith('hub_'));
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0] as string, Number(line.split(' ')[1])]));
}

test('a gauge is what it was told: 9 of 10 are not less than 0.9', async () => {
  const hub = new MetricsHub(new MetricsRegistry());
  hub.join().update(snapshot(0, 9 / 10));
  assert.equal((await read(hub)).hub_wait_seconds, 0.9);
});

test('counters and sums are added up, the largest gauge is kept', async () => {
  const hub = new MetricsHub(new MetricsRegistry());
  hub.join().update(snapshot(3, 1));
  hub.join().update(snapshot(4, 5));
  assert.deepEqual(await read(hub), { hub_events_total: 7, hub_connections: 6, hub_wait_seconds: 5 });
});

test('a counter does not fall when its process is replaced, a gauge is gone with it', async () => {
  const hub = new MetricsHub(new MetricsRegistry());
  const survivor = hub.join();
  survivor.update(snapshot(10, 2));
  for (let generation = 0; generation < 3; generation++) {
    const child = hub.join();
    child.update(snapshot(1, 1));
    child.update(snapshot(5, 9));
    child.leave();
    child.leave();
  }
  assert.deepEqual(await read(hub), { hub_events_total: 25, hub_connections: 2, hub_wait_seconds: 2 });
  survivor.leave();
  assert.deepEqual(await read(hub), { hub_events_total: 25 });
});

function coupons(counts: Readonly<Record<string, number>>): Snapshot {
  const values = Object.entries(counts).map(([coupon, value]) => ({ labels: { coupon, outcome: 'granted' }, value }));
  return [
    { name: 'hub_decisions_total', type: 'counter', aggregator: 'sum', help: 'A test.', values },
  ] as unknown as Snapshot;
}

test('a counter does not fall when a process gives the place of a coupon to another', async () => {
  const hub = new MetricsHub(new MetricsRegistry());
  const [first, second] = [hub.join(), hub.join()];
  first.update(coupons({ 17: 1000, 18: 5 }));
  second.update(coupons({ 17: 500 }));
  const of = async (coupon: string) => (await read(hub))[`hub_decisions_total{coupon="${coupon}",outcome="granted"}`];
  first.update(coupons({ 18: 6, 101: 1 }));
  assert.deepEqual([await of('17'), await of('18'), await of('101')], [1500, 6, 1]);
  // Asked for again, it counts on.
  first.update(coupons({ 17: 2, 101: 2 }));
  assert.deepEqual([await of('17'), await of('18'), await of('101')], [1502, 6, 2]);
  second.leave();
  assert.equal(await of('17'), 1502);
});

test('what is kept of coupons that nobody tells of any more is bounded', async () => {
  const hub = new MetricsHub(new MetricsRegistry());
  const source = hub.join();
  hub.join().update(coupons({ 1: 7 }));
  for (let start = 1; start < 30_000; start += 100) {
    source.update(coupons(Object.fromEntries(Array.from({ length: 100 }, (_, index) => [start + index, 1]))));
  }
  const told = await read(hub);
  assert.ok(Object.keys(told).length <= 20_100, `${Object.keys(told).length} series`);
  assert.equal(told['hub_decisions_total{coupon="1",outcome="granted"}'], 8);
});

test('a sum of seconds stays the same to the last digit, in whatever order its processes leave', async () => {
  for (let round = 0; round < 200; round++) {
    const hub = new MetricsHub(new MetricsRegistry());
    const children = Array.from({ length: 5 }, () => {
      const child = hub.join();
      child.update(snapshot(Math.random(), 0));
      return child;
    });
    const { hub_events_total: sum } = await read(hub);
    while (children.length > 0) {
      const [leaving] = children.splice(Math.floor(Math.random() * children.length), 1);
      leaving?.leave();
      assert.equal((await read(hub)).hub_events_total, sum);
    }
  }
});
