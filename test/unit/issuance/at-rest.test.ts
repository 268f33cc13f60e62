// An HTTP worker that nobody asks for a coupon runs no timer of the issue path.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SoldOutKnowledge } from '../../../src/issuance/sold-out.ts';
import { decidedReply, issuerScene, turns } from '../../support/issuer-scene.ts';
import { waitFor } from '../../support/wait.ts';

/** Timers of this process that keep it alive. */
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

test('requests are swept while they wait, and no longer', async (t) => {
  const before = timers();
  const { calls, submit, answers } = issuerScene(t);
  assert.equal(timers(), before, 'an issuer that was not asked yet');
  submit('1');
  await turns();
  assert.equal(timers(), before + 1, 'a batch is under way');
  calls[0]?.reply(decidedReply('i'));
  await turns();
  assert.equal(answers.get('1'), 'issued');
  // This wait has a timer of its own only between two looks.
  await waitFor('the sweep has ended', () => timers() === before);
  submit('2', {}, 40);
  await waitFor('the next one ends too', () => answers.get('2') === 'unknown');
});

test('proofs are made while a coupon is known to be sold out, and no longer', async (t) => {
  const before = timers();
  let nowMs = 0;
  const pages = [[1_000_000, 0, 1, 0, '0', ['5']]];
  const feed = { provenMs: 0, prove() {}, read: () => Promise.resolve(pages.shift()) };
  const knowledge = new SoldOutKnowledge({
    feed,
    holdersMax: 10,
    now: () => nowMs,
    reportError: (error) => assert.fail(String(error)),
  });
  t.after(() => knowledge.stop());
  assert.equal(timers(), before, 'nothing is known yet');
  knowledge.suspect(1);
  await turns();
  assert.equal(knowledge.answer(1, '5')?.kind, 'already-issued');
  assert.equal(timers(), before + 1);
  nowMs = 60_000;
  knowledge.forget(1);
  await waitFor('nothing is known any more', () => timers() === before, { everyMs: 50 });
});
