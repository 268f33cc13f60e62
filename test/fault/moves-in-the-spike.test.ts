import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN_TOKEN } from '../support/app.ts';
import { startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

/** As others set MySQL up: each move is a transaction, and each row must be there for it. */
const HOUSE_RULES = ['--autocommit=0', '--character-set-server=latin1', '--skip-character-set-client-handshake'];

test('restock, pause, resume and close in the spike are atomic, and never below what is issued', async (t) => {
  const scene = await startScene(t, { stock: 300, mysql: { settings: HOUSE_RULES } });
  const move = async (name: string, body: object = {}) => {
    const response = await fetch(`${scene.app.adminUrl}/admin/v1/coupons/${scene.couponId}/${name}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, code: ((await response.json()) as { code?: string }).code };
  };
  const rush = scene.rush({ perSecond: 250, seconds: 6 });
  const answered = (code: string) => rush.next((attempt) => attempt.code === code);
  await waitFor('it is sold out', () => rush.granted >= 300);
  assert.equal((await move('restock', { add: 400 })).status, 200);
  await waitFor('issuing goes on', () => rush.granted > 350);
  assert.equal((await move('pause')).status, 200);
  await answered('NOT_OPEN_COUPON');
  const paused = rush.granted;
  assert.deepEqual(await move('restock', { totalStock: 100 }), { status: 409, code: 'BELOW_ISSUED' });
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(rush.granted - paused <= 5, 'nothing is granted while it is paused');
  assert.equal((await move('resume')).status, 200);
  await waitFor('issuing goes on', () => rush.granted > paused + 50);
  assert.equal((await move('close', { waitSeconds: 5 })).status, 200);
  await answered('EXPIRED_COUPON');
  const history = await rush.done;
  assert.deepEqual(
    history.filter(({ status }) => status !== 201 && status !== 400),
    [],
  );
  await scene.prove(history);
});
