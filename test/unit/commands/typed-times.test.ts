// A refused time is shown as it was typed, so that a wrong offset is seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typedTimes } from '../../../src/commands/coupon/fields.ts';
import { timeOption } from '../../../src/commands/times.ts';

test('a time that was typed is shown with its option and its offset', () => {
  const opensAt = timeOption('2026-11-30T15:17:00+09:00');
  assert.equal(
    typedTimes({ opensAt }, 'opensAt (2026-11-30T06:17:00.000Z) is 9 h ago: If so, give openNow (--open-now)'),
    '--opens-at 2026-11-30T15:17:00+09:00 is 9 h ago: If so, give --open-now',
  );
  const [closesAt, expiresAt] = [timeOption('2026-12-01T00:00-05:00'), timeOption('2026-11-01T00:00:00Z')];
  assert.equal(
    typedTimes(
      { closesAt, expiresAt },
      'expiredAt (2026-11-01T00:00:00.000Z) must be after closesAt (2026-12-01T05:00:00.000Z): why',
    ),
    '--expires-at 2026-11-01T00:00:00Z must be after --closes-at 2026-12-01T00:00-05:00: why',
  );
});

test('any other time, and any other sentence, stays as it is', () => {
  const opensAt = timeOption('+2h');
  for (const sentence of [
    'closesAt (2026-11-01T00:00:00.000Z) must be after opensAt (2026-12-01T05:00:00.000Z)',
    'totalStock must be an integer from 1 to 5',
  ]) {
    assert.equal(typedTimes({ opensAt }, sentence), sentence);
    assert.equal(typedTimes({ closesAt: timeOption('2026-11-01T09:00:01+09:00') }, sentence), sentence);
  }
});
