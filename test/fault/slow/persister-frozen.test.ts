import { test } from 'node:test';
import { proveFrozenPersister } from '../../support/frozen-persister.ts';

// The same with 60 s, as the promise has it, is test/fault/slow/persister-frozen-60-s.test.ts.
test('a frozen persister is taken over from, and what it writes when it is back changes nothing', async (t) => {
  await proveFrozenPersister(t, { claimIdleMs: 1000, frozenMs: 4000 });
});
