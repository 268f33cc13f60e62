import { test } from 'node:test';
import { proveFrozenPersister } from '../../support/frozen-persister.ts';

test(
  'a persister frozen for 60 s is taken over from, ' + 'and what it writes when it is back changes nothing',
  async (t) => {
    await proveFrozenPersister(t, { claimIdleMs: 10_000, frozenMs: 60_000 });
  },
);
