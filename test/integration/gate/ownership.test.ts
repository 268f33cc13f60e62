// Which Redis belongs to which MySQL, with real ones of both.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClaimMemory } from '../../../src/gate/claim-memory.ts';
import { Installation, OWNER_CONNECTION, readRedisClaim } from '../../../src/gate/installation.ts';
import { Ownership, type OwnershipOptions, requireOwnRedis } from '../../../src/gate/ownership.ts';
import { connectForCommands } from '../../../src/redis/connections.ts';
import { INSTALLATION } from '../../../src/redis/keys.ts';
import type { Database } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { type CouponStores, connectDatabase, openStores, silent } from '../../support/coupon-stores.ts';
import { copyDatabase } from '../../support/database-copy.ts';
import { testFolder } from '../../support/folder.ts';
import { startGate } from '../../support/gate.ts';
import { freshDatabase } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

async function otherDatabase(t: TestContext): Promise<Database> {
  const url = await freshDatabase(t);
  await migrate(url, silent);
  return connectDatabase(t, url);
}

async function copyOf(t: TestContext, stores: CouponStores): Promise<Database> {
  return connectDatabase(t, await copyDatabase(t, stores.mysqlUrl));
}

function own(database: Database, options: Partial<OwnershipOptions> = {}): Ownership {
  return new Ownership({ installation: new Installation(database), log: silent, ...options });
}

/** As a command has it, beside the gates. */
function ownOnce(database: Database): Ownership {
  return own(database, { renewEveryMs: null, answerWithinMs: 0 });
}

/** MySQL does not answer any call while `state.away`. */
function flaky(database: Database, state: { away: boolean }): Database {
  const fail = () => database.query<never>('SELECT * FROM no_such_table');
  return {
    query: (sql, params) => (state.away ? fail() : database.query(sql, params)),
    execute: async (sql, params) => {
      if (state.away) await fail();
      return database.execute(sql, params);
    },
    transaction: (work) => database.transaction(work),
    usage: () => database.usage(),
    close: () => database.close(),
  };
}

test('of two deployments that start at once on an empty Redis exactly one has it, and it stays so', async (t) => {
  const { redis, database, server } = await openStores(t);
  const other = await otherDatabase(t);
  const second = connectForCommands(server.url, 'test');
  t.after(async () => second.disconnect());
  for (let round = 0; round < 10; round++) {
    await redis.del(INSTALLATION);
    const both = [own(database, { renewEveryMs: null }), own(other, { renewEveryMs: null })] as const;
    await Promise.all([both[0].look(redis), both[1].look(second)]);
    const owns = [await both[0].look(redis), await both[1].look(second)];
    assert.equal(owns.filter(Boolean).length, 1);
    const loser = owns[0] ? both[1] : both[0];
    const ids = [await new Installation(database).id(), await new Installation(other).id()];
    for (const id of ids) assert.ok(loser.verdict.problem?.includes(id), 'the sentence names both');
    assert.deepEqual(loser.verdict.claims, []);
  }
});

test('the id of a database is made once, whoever asks', async (t) => {
  const { database } = await openStores(t);
  const ids = await Promise.all(Array.from({ length: 8 }, () => new Installation(database).id()));
  assert.equal(new Set(ids).size, 1);
  assert.match(ids[0] as string, /^[0-9a-f-]{36}$/);
});

test('a Redis that was emptied is given back what it had, also while MySQL is unreachable', async (t) => {
  const { redis, database } = await openStores(t);
  const state = { away: false };
  const ownership = own(flaky(database, state), { renewEveryMs: null });
  assert.ok(await ownership.look(redis));
  const before = await readRedisClaim(redis);
  state.away = true;
  await redis.flushall();
  assert.ok(await ownership.look(redis));
  assert.deepEqual(await readRedisClaim(redis), before);
});

test('a Redis of an older snapshot is still ours', async (t) => {
  const { redis, database } = await openStores(t);
  const ownership = own(database, { renewEveryMs: 0 });
  assert.ok(await ownership.look(redis));
  const old = await redis.hgetall(INSTALLATION);
  await waitFor('the claim was replaced a few times', async () => {
    await ownership.look(redis);
    return new Set(ownership.verdict.claims).size > 4;
  });
  await redis.hset(INSTALLATION, old);
  assert.ok(await ownership.look(redis));
  await redis.hset(INSTALLATION, old);
  assert.ok(await own(database, { renewEveryMs: null }).look(redis), 'also for a process that starts then');
});

test('a copy that is older than the last claim is refused at once', async (t) => {
  const stores = await openStores(t);
  const copy = await copyOf(t, stores);
  const id = await new Installation(stores.database).id();
  await copy.execute('INSERT INTO installation (id, made_at) VALUES (?, NOW(3))', [id]);
  assert.ok(await own(stores.database, { renewEveryMs: null }).look(stores.redis));
  const ownership = own(copy);
  assert.equal(await ownership.look(stores.redis), false);
  assert.equal(ownership.verdict.isFinal, true);
  assert.match(ownership.verdict.problem ?? '', /another copy of the database/);
  await assert.rejects(requireOwnRedis(stores.redis, copy, silent), { code: 'OTHER_INSTALLATION' });
});

test('a clone of the server itself is found out by the deployment that is alive', async (t) => {
  const stores = await openStores(t);
  const gate = startGate(t, stores);
  await waitFor('the gate is open', () => gate.status().state === 'open');
  const copy = await copyOf(t, stores);
  // As if host, folder and server id were copied as well.
  await stores.redis.hset(INSTALLATION, 'server', await new Installation(copy).server());
  const ownership = own(copy);
  await waitFor('it is found out', async () => {
    assert.equal(await ownership.look(stores.redis), false);
    return ownership.verdict.isFinal;
  });
});

test('a node of the same deployment is held up by one that hangs for seconds only', async (t) => {
  const stores = await openStores(t);
  const gate = startGate(t, stores, { checkEveryMs: 60_000 });
  await waitFor('the gate is open', () => gate.status().state === 'open');
  const ownership = own(stores.database);
  const startedMs = performance.now();
  await waitFor('it is ours', () => ownership.look(stores.redis), { withinMs: 6000 });
  assert.ok(performance.now() - startedMs >= 2900);
  assert.ok(await ownOnce(stores.database).look(stores.redis), 'a command does not wait');
});

test('a MySQL that is another server than before is proven by the deployment that is alive on it', async (t) => {
  const stores = await openStores(t);
  const gate = startGate(t, stores);
  await waitFor('the gate is open', () => gate.status().state === 'open');
  // As after a failover: the rows are the same, the server is not.
  await stores.redis.hset(INSTALLATION, 'server', 'another');
  const ownership = own(stores.database, { renewEveryMs: null });
  assert.equal(await ownership.look(stores.redis), false, 'it is not proven yet');
  await waitFor('it is proven', () => ownership.look(stores.redis), { withinMs: 5000 });
});

async function staysUnproven(t: TestContext): Promise<void> {
  const stores = await openStores(t);
  const state = { away: false };
  const gate = startGate(t, stores, { database: flaky(stores.database, state) });
  await waitFor('the gate is open', () => gate.status().state === 'open');
  const copy = await copyOf(t, stores);
  state.away = true;
  const ownership = own(copy);
  for (const until = performance.now() + 6000; performance.now() < until; await sleep(200)) {
    assert.equal(await ownership.look(stores.redis), false);
  }
  state.away = false;
  await waitFor('its claim is replaced, by one that the copy does not have', async () => {
    assert.equal(await ownership.look(stores.redis), false);
    return ownership.verdict.isFinal;
  });
  assert.equal(gate.status().state, 'open');
}

async function goesOnAlone(t: TestContext): Promise<void> {
  const stores = await openStores(t);
  assert.ok(await own(stores.database, { renewEveryMs: null }).look(stores.redis));
  const first = await readRedisClaim(stores.redis);
  const copy = await copyOf(t, stores);
  const moved = own(copy, { renewEveryMs: null });
  const startedMs = performance.now();
  assert.equal(await moved.look(stores.redis), false);
  await waitFor('it goes on', () => moved.look(stores.redis), { withinMs: 8000 });
  assert.ok(performance.now() - startedMs >= 4900, 'not before a gate that lives had time to connect again');
  assert.notEqual((await readRedisClaim(stores.redis))?.claim, first?.claim);
  assert.equal(await own(stores.database).look(stores.redis), false, 'the old server is the other one from then on');
}

test('a copy of the database on another server', { concurrency: true }, async (t) => {
  await Promise.all([
    t.test(
      'a fresh copy is not proven by a deployment that is alive on another MySQL, nor while that one is unreachable',
      staysUnproven,
    ),
    t.test('a MySQL that is another server goes on by itself where no other deployment is alive', goesOnAlone),
  ]);
});

test('claims that MySQL lost in a failover are written again', async (t) => {
  const { redis, database } = await openStores(t);
  const ownership = own(database);
  assert.ok(await ownership.look(redis));
  const lost = ownership.verdict.claims[0] as string;
  await database.execute('DELETE FROM installation_claim WHERE claim = ?', [lost]);
  ownership.renewSoon();
  assert.ok(await ownership.look(redis));
  await waitFor('it is written again', async () => (await new Installation(database).madeAt(lost)) !== null);
});

test(
  'a node that has seen the claim proven goes on while ' + 'MySQL is unreachable, and is asked again afterwards',
  async (t) => {
    const stores = await openStores(t);
    const folder = testFolder('data');
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const memory = () => openClaimMemory(folder, stores.mysqlUrl);
    const state = { away: true };
    const restarted = () => own(flaky(stores.database, state), { memory: memory(), renewEveryMs: null });
    await assert.rejects(restarted().look(stores.redis), 'nothing is known yet');

    state.away = false;
    assert.ok(await restarted().look(stores.redis));
    state.away = true;
    assert.ok(await restarted().look(stores.redis));
    const elsewhere = openClaimMemory(folder, stores.mysqlUrl.replace(/\/(\w+)$/, '/other'));
    await assert.rejects(own(flaky(stores.database, state), { memory: elsewhere }).look(stores.redis));

    const other = { away: true };
    const mistaken = own(flaky(await otherDatabase(t), other), { memory: memory() });
    assert.ok(await mistaken.look(stores.redis));
    other.away = false;
    assert.equal(await mistaken.look(stores.redis), false, 'MySQL has the last word');

    await stores.redis.hset(INSTALLATION, 'claim', 'of somebody else');
    await assert.rejects(restarted().look(stores.redis), 'another claim is not known');
  },
);

test('the connection of a gate tells that the deployment is alive', async (t) => {
  const stores = await openStores(t);
  const listed = async () => ((await stores.redis.client('LIST')) as string).includes(`name=${OWNER_CONNECTION} `);
  assert.equal(await listed(), false);
  const gate = startGate(t, stores);
  await waitFor('it is listed', listed);
  await gate.stop();
  await waitFor('it is not listed', async () => !(await listed()));
});
