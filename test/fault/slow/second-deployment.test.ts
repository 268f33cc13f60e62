// Two deployments on one Redis: the second never decides, and the first is undisturbed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN_TOKEN, type App } from '../../support/app.ts';
import { mysqlUrlOfApp, redisUrlOfApp } from '../../support/app-user.ts';
import { issue, request } from '../../support/ask.ts';
import { runCli } from '../../support/cli.ts';
import { copyDatabase } from '../../support/database-copy.ts';
import type { Rush } from '../../support/rush.ts';
import { type Scene, startScene } from '../../support/scene.ts';
import { dataFolder, startSecond } from '../../support/second-deployment.ts';
import { freshDatabase } from '../../support/servers.ts';
import { query } from '../../support/sql.ts';
import { waitFor } from '../../support/wait.ts';

const STOCK = 400;
/** What would issue too many if it came to Redis. */
const OTHERS_STOCK = 5000;

/** Asks it for coupons until the rush at the first one is over; each answer must be 503 NOT_READY. */
async function assertNeverDecides(second: App, rush: Rush, couponId: number): Promise<void> {
  let over = false;
  void rush.done.then(() => {
    over = true;
  });
  for (let asked = 0; !over || asked < 50; asked += 1) {
    const { status, code } = await issue(second.url, couponId, 900_000 + asked);
    assert.equal(`${status} ${code}`, '503 NOT_READY');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Health check, admin API and commands of the second one, each by the same sentence. */
async function assertRefusesOperators(second: App, scene: Scene, mysqlUrl: string, sentence: RegExp): Promise<void> {
  const { couponId, stores } = scene;
  const ready = await request(second.url, '/readyz');
  assert.equal(ready.status, 503);
  assert.match(String((ready.body.checks as Record<string, string>).installation), sentence);
  const pause = await request(second.adminUrl, `/admin/v1/coupons/${couponId}/pause`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  assert.equal(`${pause.status} ${pause.code}`, '503 NOT_READY', JSON.stringify(pause.body));
  assert.match(String(pause.body.detail), sentence);
  const env = { REDIS_URL: redisUrlOfApp(stores.server.url), MYSQL_URL: mysqlUrlOfApp(mysqlUrl) };
  for (const command of [['coupon', 'pause', String(couponId)], ['status']]) {
    const { code, stderr } = await runCli(env, ...command);
    assert.equal(code, 1, `${command}: ${stderr}`);
    assert.match(stderr, sentence, command.join(' '));
  }
}

async function countRows(mysqlUrl: string): Promise<number> {
  const [row] = await query<{ n: number }>(mysqlUrl, 'SELECT COUNT(*) AS n FROM user_coupon');
  return row?.n ?? 0;
}

const kinds = [
  {
    name: 'a copied REDIS_URL with another MySQL',
    database: (t: Parameters<typeof freshDatabase>[0]) => freshDatabase(t),
    sentence: /nothing is decided: .* installation \S{36}, .* installation \S{36};.*couponrush installation move/,
  },
  {
    name: 'a restored dump of the other one’s MySQL, as fresh as can be',
    async database(t: Parameters<typeof freshDatabase>[0], scene: Scene) {
      const copy = await copyDatabase(t, scene.stores.mysqlUrl);
      await query(copy, `UPDATE coupon SET total_stock = ?, stock = ?, version = version + 1`, [
        OTHERS_STOCK,
        OTHERS_STOCK,
      ]);
      return copy;
    },
    sentence: /nothing is decided: .* both installation \S{36}, .* the claim \S{36} .*couponrush installation move/,
  },
];

for (const { name, database, sentence } of kinds) {
  test(`${name}: the second deployment never decides, the first is undisturbed`, async (t) => {
    const scene = await startScene(t, { stock: STOCK, env: { COUPONRUSH_DATA_DIR: dataFolder(t) } });
    const mysqlUrl = await database(t, scene);
    const rush = scene.rush({ perSecond: 100, seconds: 6 });
    await waitFor('the first one issues', () => rush.granted > 20);
    const second = await startSecond(t, scene, mysqlUrl, sentence);
    const rowsBefore = await countRows(mysqlUrl);
    await assertNeverDecides(second, rush, scene.couponId);
    await assertRefusesOperators(second, scene, mysqlUrl, sentence);

    const history = await rush.done;
    assert.equal(history.filter(({ status }) => status === 201).length, STOCK);
    // A machine under load may shed requests; that the first one were not ready would be the second one's doing.
    const others = history.filter(({ status, code }) => status !== 201 && status !== 400 && code !== 'OVERLOADED');
    assert.deepEqual(others, []);
    await scene.prove(history);
    assert.equal(await countRows(mysqlUrl), rowsBefore, 'no row of the first one is in the MySQL of the second one');
    assert.doesNotMatch(scene.app.output(), /nothing is decided/);
  });
}
