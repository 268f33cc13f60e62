import { test } from 'node:test';
import { askAfterRests } from '../../support/ask-after-rests.ts';

// The first answer is measured on a machine that runs other tests; test/fault/slow holds it to 200 ms. Without a sign
// of life it is 504 after 2 s.
test('the first request after a rest behind a balancer that forgets connections is answered at once', (t) =>
  askAfterRests(t, { forgetsAfterMs: 1500, restMs: 2500, times: 2, withinMs: 500 }));
