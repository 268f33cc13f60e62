import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics, type FamilyName, familyNames, type Metrics } from '../../../src/metrics/metrics.ts';

const aMap = <T>(value: T) => new Map([[1, value]]);
const pool = { limit: 3, usable: 2, unverified: 1, away: 0, inUse: 1, waiting: 4 };
const persister = { rowsInHand: 1, rowsInHandLimit: 2, acknowledgedEntries: 3, claimedEntries: 4, lostEntries: 5 };

/** All ways in which a family is given figures. */
const usesOf: { readonly [Name in FamilyName]: readonly ((family: Metrics[Name]) => void)[] } = {
  batches: [(batches) => batches.countBatch(7, 1), (batches) => batches.countBatch(7, 2)],
  build: [(build) => build.showBuild()],
  coupons: [
    (coupons) => coupons.showCoupons(aMap({ stock: 5, holders: 2, state: 'open' })),
    (coupons) => {
      coupons.showCoupons(aMap({ stock: 5, holders: 2, state: 'open' }));
      coupons.showNames(aMap('Sale'));
    },
    (coupons) => coupons.showUnpreloaded(aMap(60_000)),
    (coupons) => coupons.showDeclaredLosses(aMap({ missing: 1, reissued: 2, possible: 3 })),
  ],
  deadLetters: [(letters) => letters.showDeadLetters(aMap(3)), (letters) => letters.watchMade(() => 4)],
  decisions: [
    (decisions) => decisions.countDecisions(1, 'iid'),
    (decisions) => decisions.expectDecisions(2),
    (decisions) => decisions.countLocalAnswer('sold_out'),
  ],
  engine: [(engine) => engine.showEngine('node', 'auto')],
  events: [
    (events) => events.countAppended(1),
    (events) => events.showLook(1000),
    (events) => events.countDelivery('timeout'),
    (events) => events.countDead(1),
    (events) => events.showOldest(null),
    (events) => events.showOldest(new Date(0)),
  ],
  gate: [(gate) => gate.watchGate(() => ({ state: 'open', progress: null, rebuilds: 1, missingFound: 0 }))],
  host: [(host) => host.watchHost()],
  identities: [(identities) => identities.countRefusal('expired'), (identities) => identities.watchKeys(() => 7)],
  inserts: [
    (inserts) => inserts.countInsert(10, 5),
    (inserts) => inserts.countInsertRetry('deadlock'),
    (inserts) => inserts.watchRows(() => ({ writtenRows: 7, duplicateRows: 0 })),
  ],
  mysqlPools: [(pools) => pools.named('reads').watch(() => pool)],
  outbox: [
    (outbox) => outbox.showBacklog(aMap({ entries: 1, rows: 2, oldestAgeMs: 3 }), 1000),
    (outbox) => outbox.countGrantedToRow(20, 3),
    (outbox) => outbox.watchPersister(() => persister),
  ],
  process: [(process) => process.observeProcess('test')],
  redisCommands: [
    (commands) => commands.countScript('issue', 2),
    (commands) => commands.countScriptFailure('issue'),
    (commands) => commands.countScriptReload(),
  ],
  redisPools: [
    (pools) => pools.named('decisions').watch(() => pool),
    (pools) => pools.watchExpectedWait(() => ({ expectedMs: 5, limitMs: 500 })),
  ],
  requests: [
    (requests) => requests.countAnswer('issue', 'granted', 3),
    (requests) => requests.countAbandoned('issue'),
    (requests) => requests.watchServer(() => ({ requestsOpen: 1, connections: 2, connectionsMax: 3 })),
  ],
  settings: [(settings) => settings.showSettings(new Map([['appendonly', true]]))],
  sheds: [(sheds) => sheds.countShed('inflight')],
  stores: [
    (stores) => stores.showStore('mysql', { up: true, clients: 1, clientsLimit: 2, skewMs: 3 }),
    (stores) => stores.showRedisMemory({ usedBytes: 9, limitBytes: 10 }),
  ],
  verify: [
    (verify) => verify.countVerify(1, 'full', new Map([['overIssued', 1]]), 5),
    (verify) => verify.countVerifyFailure('counts'),
  ],
  workers: [
    (workers) => workers.watchWorker('http 1', () => ({ title: 'http 1', up: true, heartbeatAgeMs: 1 })),
    (workers) => workers.countRestart('http 1', 'hung'),
  ],
};

for (const name of familyNames) {
  test(`what one Metrics object counts, another does not: ${name}`, async () => {
    await eachUse(name, async (use) => {
      const [ours, theirs] = [withFamily(name), withFamily(name)];
      const before = await figures(ours);
      assert.deepEqual(await figures(theirs), before);
      use(ours[name]);
      assert.notDeepEqual(await figures(ours), before, 'its use is shown');
      assert.deepEqual(await figures(theirs), before);
      assert.deepEqual(await figures(withFamily(name)), before, 'nor one that is made later');
    });
  });
}

async function eachUse<Name extends FamilyName>(
  name: Name,
  check: (use: (family: Metrics[Name]) => void) => Promise<void>,
): Promise<void> {
  for (const use of usesOf[name]) await check(use);
}

function withFamily(name: FamilyName): Metrics {
  const metrics = createMetrics();
  void metrics[name];
  return metrics;
}

/** A copy: what prom-client gives out goes on counting. */
async function figures({ registry }: Metrics) {
  return structuredClone(await registry.getMetricsAsJSON());
}

test('a process tells nothing of what it does not do, and each family once', async () => {
  const metrics = createMetrics();
  assert.deepEqual(await figures(metrics), []);
  assert.equal(metrics.requests, metrics.requests);
  const names = (await figures(metrics)).map(({ name }) => name);
  assert.ok(names.includes('couponrush_requests_total'));
  assert.ok(!names.includes('couponrush_insert_rows'));
  assert.equal(new Set(names).size, names.length);
});

test('a name is escaped in the text format, and shown of loaded coupons alone', async () => {
  const { registry, coupons } = createMetrics();
  coupons.showCoupons(new Map([[1, { stock: 5, holders: 2, state: 'open' }]]));
  coupons.showNames(
    new Map([
      [1, 'Sale "1" \\ 2'],
      [2, 'no longer loaded'],
    ]),
  );
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('couponrush_coupon_info{'));
  assert.deepEqual(lines, ['couponrush_coupon_info{coupon="1",name="Sale \\"1\\" \\\\ 2"} 1']);
});
