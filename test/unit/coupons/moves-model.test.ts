// The move protocol (docs/decisions/moves.md), checked in every state that its model can reach: no more holders than
// MySQL allows at any moment, and whatever is left half done settles. The model must also find what is planted into it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '../../model/moves-explorer.ts';
import type { Errors } from '../../model/moves-state.ts';
import type { Scenario } from '../../model/moves-steps.ts';

const scenarios: readonly Scenario[] = [
  { name: 'two operators lower', stock: 3, restocks: [1, 2] },
  { name: 'one lowers, one raises, and a hand types a stock', stock: 2, restocks: [1, 3], typings: 1 },
  {
    name: 'one lowers, while the coupon is rebuilt and Redis fails over',
    stock: 2,
    restocks: [1],
    failovers: 1,
    rebuilds: 1,
  },
  { name: 'one lowers a coupon that an earlier version loaded', stock: 2, restocks: [1], failovers: 1, oldMeta: true },
];

for (const scenario of scenarios) {
  test(`${scenario.name}: never more holders than MySQL allows, and nothing is stranded`, (t) => {
    const startedAt = performance.now();
    const { states, steps, violation } = explore(scenario);
    t.diagnostic(`${states} states, ${steps} steps, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    assert.equal(violation, null, violation ? `${violation.what}\n${violation.way.join('\n')}` : '');
    assert.ok(states > 1000);
  });
}

const planted: readonly [string, Errors, RegExp][] = [
  ['a restore at the version that Redis has already', { restoreAtEqualVersion: true }, /^\d holders, and MySQL allows/],
  ['a frozen process that holds the row for ever', { noWaitTimeout: true }, /^stranded/],
  ['a lowering that may raise', { lowerMayRaise: true }, /^\d holders, and MySQL allows/],
  ['decisions that look at the stock key alone', { issueIgnoresTotal: true }, /^\d holders, and MySQL allows/],
  ['a lowering beside a rebuild', { lowerIgnoresRebuild: true }, /^\d holders, and MySQL allows/],
  ['a lowering whose process died is never restored', { noRestore: true }, /^stranded/],
];

for (const [name, errors, expected] of planted) {
  test(`planted: ${name} is found`, (t) => {
    for (const scenario of scenarios) {
      const { states, violation } = explore(scenario, errors);
      if (violation === null) continue;
      t.diagnostic(`${violation.what}, after ${states} states: ${violation.way.join(' · ')}`);
      assert.match(violation.what, expected);
      return;
    }
    assert.fail('not found');
  });
}
