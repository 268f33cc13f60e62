import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Move, moves, planMove, stateConflict } from '../../../src/coupons/states.ts';
import { type CouponState, couponStates } from '../../../src/store/tables/coupons.ts';

/** Rows: moves. Columns: DRAFT OPEN PAUSED CLOSED ARCHIVED. `=`: nothing to do any more, `.`: refused. */
const expected: Record<Move, string[]> = {
  edit: ['DRAFT', 'OPEN', 'PAUSED', '.', '.'],
  preload: ['OPEN', '=', '=', '=', '.'],
  pause: ['.', 'PAUSED', '=', '.', '.'],
  resume: ['.', '=', 'OPEN', '.', '.'],
  restock: ['.', 'OPEN', 'PAUSED', '.', '.'],
  revoke: ['.', 'OPEN', 'PAUSED', 'CLOSED', 'ARCHIVED'],
  erase: ['.', 'OPEN', 'PAUSED', 'CLOSED', 'ARCHIVED'],
  close: ['.', 'CLOSED', 'CLOSED', '=', '='],
  archive: ['ARCHIVED', '.', '.', 'ARCHIVED', '='],
};

test('each move leads where the state machine says, from each state', () => {
  assert.deepEqual(Object.keys(expected).sort(), [...moves].sort());
  for (const move of moves) {
    const plans = couponStates.map((state) => {
      const plan = planMove(move, state);
      return plan.kind === 'go' ? plan.to : plan.kind === 'already' ? '=' : '.';
    });
    assert.deepEqual(plans, expected[move], move);
  }
});

test('no move leads out of ARCHIVED, and none back to DRAFT or from CLOSED to where coupons are issued', () => {
  for (const move of moves) {
    const from = (state: CouponState) => {
      const plan = planMove(move, state);
      return plan.kind === 'go' ? plan.to : state;
    };
    assert.equal(from('ARCHIVED'), 'ARCHIVED');
    assert.ok(['CLOSED', 'ARCHIVED'].includes(from('CLOSED')));
    for (const state of couponStates) if (state !== 'DRAFT') assert.notEqual(from(state), 'DRAFT');
  }
});

test('a refused pause of a draft says what stops it; any other refusal names the states', () => {
  assert.equal(
    stateConflict('pause', 'DRAFT'),
    'pause needs a coupon that is OPEN; this one is DRAFT. ' +
      'To stop it, edit its opening time, preload it and pause it, or archive it',
  );
  assert.equal(stateConflict('pause', 'CLOSED'), 'pause needs a coupon that is OPEN; this one is CLOSED');
  assert.equal(stateConflict('restock', 'DRAFT'), 'restock needs a coupon that is OPEN or PAUSED; this one is DRAFT');
});
