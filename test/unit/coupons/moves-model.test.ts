// The move protocol (docs/decisions/moves.md), checked in every state that its model can reach: no more holders than
// MySQL allows at any moment, and whatever is left half done settles. The model must also find what is planted into it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '../../model/moves-explorer.ts';
import type { Errors } from '../../model/moves-state.ts';
import type { Scenario } from '../../model/moves-steps.ts';

const twoLower: Scenario = { name: 'two operators lower', stock: 3, restocks: [1, 2] };
const typed: Scenario = {
  name: 'one lowers, one raises, a hand types a stock',
  stock: 2,
  restocks: [1, 3],
  typings: 1,
};
const rebuilt: Scenario = {
  name: 'one lowers, while the coupon is rebuilt and Redis fails over',
  stock: 2,
  restocks: [1],
  failovers: 1,
  rebuilds: 1,
};
const oldMeta: Scenario = {
  name: 'one lowers a coupon that an earlier version of couponrush loaded, and Redis fails over',
  stock: 2,
  restocks: [1],
  failovers: 1,
  oldMeta: true,
};

const paused: Scenario = {
  name: 'one pauses while MySQL does not answer, and the coupon is rebuilt',
  stock: 1,
  restocks: [],
  rebuilds: 1,
  pauses: true,
};
const pausedAndMoved: Scenario = {
  name: 'one pauses while MySQL does not answer, and another raises the stock',
  stock: 1,
  restocks: [2],
  pauses: true,
};
const pausedAndLost: Scenario = {
  name: 'one pauses while MySQL does not answer, and Redis fails over',
  stock: 1,
  restocks: [],
  failovers: 1,
  pauses: true,
};

const draftHeld: Scenario = {
  name: 'everything is paused, with a draft that is preloaded by itself, and Redis fails over',
  stock: 1,
  restocks: [],
  failovers: 1,
  pauses: true,
  draft: true,
};

for (const scenario of [paused, pausedAndMoved, pausedAndLost, draftHeld]) {
  test(`${scenario.name}: nothing is issued until it is resumed, and nothing is stranded`, (t) => {
    const { states, steps, violation } = explore(scenario);
    t.diagnostic(`${states} states, ${steps} steps`);
    assert.equal(violation, null, violation ? `${violation.what}\n${violation.way.join('\n')}` : '');
    assert.ok(states > 100, 'the model still goes somewhere');
  });
}

for (const scenario of [twoLower, typed, rebuilt, oldMeta]) {
  test(`${scenario.name}: never more holders than MySQL allows, and nothing is stranded`, (t) => {
    const startedAt = performance.now();
    const { states, steps, violation } = explore(scenario);
    t.diagnostic(`${states} states, ${steps} steps, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    assert.equal(violation, null, violation ? `${violation.what}\n${violation.way.join('\n')}` : '');
    assert.ok(states > 10_000, 'the model still goes somewhere');
  });
}

const OVER = /^\d holders, and MySQL allows/;
const STRANDED = /^stranded/;
const OPENED = /^issued after a pause/;
const planted: readonly [string, Errors, Scenario, RegExp][] = [
  ['a restore at the version that Redis has already', { restoreAtEqualVersion: true }, twoLower, OVER],
  ['a frozen process that holds the row for ever', { noWaitTimeout: true }, twoLower, STRANDED],
  ['a lowering that may raise', { lowerMayRaise: true }, twoLower, OVER],
  ['decisions that look at the stock key alone', { issueIgnoresTotal: true }, typed, OVER],
  ['a lowering beside a rebuild', { lowerIgnoresRebuild: true }, rebuilt, OVER],
  ['a lowering that died, and is never restored', { noRestore: true }, twoLower, STRANDED],
  ['a load that opens a paused coupon', { loadIgnoresBrake: true }, paused, OPENED],
  ['a move that opens a paused coupon', { applyIgnoresBrake: true }, pausedAndMoved, OPENED],
  ['a mark that is released before Redis has the pause by MySQL', { releaseTooEarly: true }, paused, OPENED],
  ['a pause that only a lost Redis knew', { nothingRemembered: true }, pausedAndLost, OPENED],
  ['a pause of everything that leaves drafts out', { draftsLeftOut: true }, draftHeld, OPENED],
  ['a mark that is released before the draft is loaded', { draftsNotHeld: true }, draftHeld, OPENED],
];

for (const [name, errors, scenario, expected] of planted) {
  test(`planted: ${name} is found`, (t) => {
    const { states, violation } = explore(scenario, errors);
    assert.match(violation?.what ?? 'nothing', expected);
    t.diagnostic(`${violation?.what}, within ${states} states: ${violation?.way.join(' · ')}`);
  });
}
