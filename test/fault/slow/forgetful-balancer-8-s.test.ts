import { test } from 'node:test';
import { askAfterRests } from '../../support/ask-after-rests.ts';

test('the first request after 15 s of rest behind a balancer that forgets after 8 s takes less than 200 ms', (t) =>
  askAfterRests(t, { forgetsAfterMs: 8000, restMs: 15_000, times: 20, withinMs: 200 }));
