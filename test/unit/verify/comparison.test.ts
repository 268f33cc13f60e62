// The comparison behind verify, with each gap planted once in a coupon on which Redis and MySQL agree.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IssuedRow, Numbered } from '../../../src/store/tables/issuances.ts';
import { Comparison, type CountedCoupon, type RedisSide, type VerifyMode } from '../../../src/verify/comparison.ts';
import { type GapName, gapNames } from '../../../src/verify/gaps.ts';

interface Case {
  redis: { -readonly [K in keyof RedisSide]: RedisSide[K] } & {
    holders: Set<number>;
    outbox: Numbered[];
    dead: Numbered[];
    malformedHolders: string[];
    malformedEntries: string[];
  };
  resolved: Numbered[];
  rows: IssuedRow[];
  coupon: CountedCoupon | null;
  sequenceAfter: number;
}

const row = (user: number, sequence: number): IssuedRow => ({ user, sequence, revoked: false });

/** Users 11-14 are in MySQL, 15 was revoked, 16 waits in dead letters; live, 17 is in the outbox. */
function agreeing(mode: VerifyMode): Case {
  const live = mode === 'live';
  return {
    redis: {
      loaded: true,
      sequenceBefore: live ? 7 : 6,
      holders: new Set([11, 12, 13, 14, 16, ...(live ? [17] : [])]),
      malformedHolders: [],
      outbox: live ? [{ user: 17, sequence: 7 }] : [],
      dead: [{ user: 16, sequence: 6 }],
      malformedEntries: [],
      stock: 10,
    },
    resolved: [],
    rows: [row(11, 1), row(12, 2), row(13, 3), row(14, 4), { user: 15, sequence: 5, revoked: true }],
    coupon: { totalStock: 10, stock: 6, rowsHeld: 4, state: 'OPEN' },
    sequenceAfter: live ? 7 : 6,
  };
}

function compare(
  { redis, resolved, rows, coupon, sequenceAfter }: Case,
  mode: VerifyMode,
): Partial<Record<GapName, number>> {
  const comparison = new Comparison(redis, resolved, mode);
  // Two pages, so that what is found does not depend on a page's end.
  comparison.addRows(rows.slice(0, 2));
  comparison.addRows(rows.slice(2));
  const found = comparison.finish(coupon, sequenceAfter);
  return Object.fromEntries(gapNames.filter((name) => found.count(name) > 0).map((name) => [name, found.count(name)]));
}

/** Each plant shows as exactly these gaps; a loss often has more than one face. */
const plants: [Partial<Record<GapName, number>>, string, (planted: Case) => void][] = [
  [
    { couponMissing: 1 },
    'MySQL lost the coupon itself',
    (c) => {
      c.coupon = null;
    },
  ],
  [{ holdersWithoutRow: 1 }, 'a holder was added by hand', (c) => c.redis.holders.add(99)],
  [
    { holdersWithoutRow: 1, sequenceGaps: 1, stockMismatchMysql: 1 },
    'a row was deleted',
    (c) => {
      c.rows.splice(1, 1);
      c.coupon = { totalStock: 10, stock: 6, rowsHeld: 3, state: 'OPEN' };
    },
  ],
  [
    { rowsWithoutHolder: 2 },
    'Redis forgot two holders',
    (c) => {
      c.redis.holders.delete(11);
      c.redis.holders.delete(14);
    },
  ],
  [
    { outboxWithoutHolder: 1 },
    'a user in the outbox is no holder',
    (c) => {
      c.redis.outbox.push({ user: 18, sequence: c.redis.sequenceBefore + 1 });
      c.redis.sequenceBefore++;
      c.sequenceAfter++;
    },
  ],
  [{ deadWithoutHolder: 1 }, 'a user in dead letters is no holder', (c) => c.redis.holders.delete(16)],
  [{ revokedHolders: 1 }, 'a revoked user is still a holder', (c) => c.redis.holders.add(15)],
  [{ malformedHolders: 2 }, 'members of the set are no user ids', (c) => c.redis.malformedHolders.push('-5', '007')],
  [{ malformedEntries: 1 }, 'somebody wrote into the outbox', (c) => c.redis.malformedEntries.push('1-1')],
  [
    { overIssuedRedis: 2, holdersWithoutRow: 7 },
    'more holders than stock',
    (c) => {
      const missing = 12 - c.redis.holders.size;
      for (let user = 100; user < 100 + missing; user++) c.redis.holders.add(user);
    },
  ],
  [
    { overIssuedMysql: 1, overIssuedRedis: 2, stockMismatchMysql: 1, stockMismatchRedis: 7 },
    'more rows than stock',
    (c) => {
      c.coupon = { totalStock: 3, stock: 0, rowsHeld: 4, state: 'OPEN' };
    },
  ],
  [
    { duplicateRows: 1 },
    'a user has two rows',
    (c) => {
      c.rows.splice(4, 1, row(11, 5));
    },
  ],
  [
    { duplicateRows: 1 },
    'a user has a row and waits in dead letters with another number',
    (c) => {
      c.redis.dead.splice(0, 1, { user: 11, sequence: 6 });
      c.redis.holders.delete(16);
    },
  ],
  [
    { duplicateSequences: 1 },
    'two rows have one number',
    (c) => {
      c.rows.splice(4, 0, row(18, 4));
      c.redis.holders.add(18);
      c.coupon = { totalStock: 10, stock: 5, rowsHeld: 5, state: 'OPEN' };
    },
  ],
  [
    { duplicateSequences: 1 },
    'a row and a dead letter have one number',
    (c) => {
      c.rows.push(row(18, 6));
      c.redis.holders.add(18);
      c.coupon = { totalStock: 10, stock: 5, rowsHeld: 5, state: 'OPEN' };
    },
  ],
  [
    { sequenceGaps: 3 },
    'the counter is ahead of everything that was stored',
    (c) => {
      c.redis.sequenceBefore += 3;
      c.sequenceAfter += 3;
    },
  ],
  [
    { sequenceBehind: 2 },
    'the counter fell back',
    (c) => {
      c.sequenceAfter -= 2;
    },
  ],
  [
    { stockMismatchMysql: 2 },
    'coupon.stock was changed by hand',
    (c) => {
      c.coupon = { totalStock: 10, stock: 4, rowsHeld: 4, state: 'OPEN' };
    },
  ],
  [
    { stockMismatchRedis: 5 },
    'the stock key was changed by hand',
    (c) => {
      c.redis.stock = 15;
    },
  ],
  [
    { stockMismatchRedis: 10 },
    'the stock key is gone',
    (c) => {
      c.redis.stock = null;
    },
  ],
  [
    { stockMismatchRedis: 10 },
    'the stock key is no number',
    (c) => {
      c.redis.stock = Number.NaN;
    },
  ],
];

for (const mode of ['final', 'live'] as const) {
  describe(`comparison in ${mode} mode`, () => {
    test('finds nothing where the stores agree', () => assert.deepEqual(compare(agreeing(mode), mode), {}));

    for (const [expected, title, plant] of plants) {
      test(`${Object.keys(expected)[0]}: ${title}`, () => {
        const planted = agreeing(mode);
        plant(planted);
        // Waiting in the outbox is no gap in live mode, and the sound final case has nothing there.
        const { outboxNotEmpty: _, ...found } = compare(planted, mode);
        const wanted = { ...expected };
        if (mode === 'live' && 'overIssuedRedis' in wanted) {
          // One more holder than in the final case, in the outbox.
          if (wanted.overIssuedMysql) wanted.overIssuedRedis = 3;
          else wanted.holdersWithoutRow = 6;
        }
        assert.deepEqual(found, wanted);
      });
    }
  });
}

describe('comparison', () => {
  test('outboxNotEmpty: in final mode nothing may wait, in live mode it may', () => {
    const waiting = agreeing('live');
    assert.deepEqual(compare(waiting, 'final'), { outboxNotEmpty: 1 });
    assert.deepEqual(compare(waiting, 'live'), {});
  });

  test('every kind of gap is planted above', () => {
    const planted = new Set<string>(['outboxNotEmpty', ...plants.flatMap(([expected]) => Object.keys(expected))]);
    assert.deepEqual(
      gapNames.filter((name) => !planted.has(name)),
      [],
    );
  });

  test('live mode forgives what was granted after Redis was read', () => {
    const later = agreeing('live');
    later.rows.push(row(18, 8), row(20, 10));
    later.sequenceAfter = 10;
    later.coupon = { totalStock: 10, stock: 4, rowsHeld: 6, state: 'OPEN' };
    assert.deepEqual(compare(later, 'live'), {});
    const final = compare(later, 'final');
    assert.deepEqual(final, { rowsWithoutHolder: 2, sequenceGaps: 1, outboxNotEmpty: 1 });
  });

  test('a grant that is in the outbox and in MySQL at once is one grant', () => {
    const both = agreeing('live');
    both.rows.push(row(17, 7));
    both.coupon = { totalStock: 10, stock: 5, rowsHeld: 5, state: 'OPEN' };
    assert.deepEqual(compare(both, 'live'), {});
  });

  test('a dead letter that was given up explains its number and its holder', () => {
    const resolved = agreeing('final');
    resolved.resolved = resolved.redis.dead.splice(0);
    assert.deepEqual(compare(resolved, 'final'), {});
    resolved.resolved = [];
    assert.deepEqual(compare(resolved, 'final'), { holdersWithoutRow: 1, sequenceGaps: 1 });
  });

  test('a draft that Redis does not have is complete by itself', () => {
    const draft = agreeing('final');
    const empty = { loaded: false, sequenceBefore: 0, holders: new Set<number>(), dead: [], stock: null };
    Object.assign(draft.redis, empty);
    draft.rows = [];
    draft.coupon = { totalStock: 10, stock: 10, rowsHeld: 0, state: 'DRAFT' };
    draft.sequenceAfter = 0;
    assert.deepEqual(compare(draft, 'final'), {});
    draft.coupon = { ...draft.coupon, state: 'OPEN' };
    assert.deepEqual(compare(draft, 'final'), { stockMismatchRedis: 10 });
  });

  test('a Redis that lost everything is seen in both modes', () => {
    for (const mode of ['final', 'live'] as const) {
      const lost = agreeing(mode);
      const empty = { sequenceBefore: 0, holders: new Set<number>(), outbox: [], dead: [], stock: null };
      Object.assign(lost.redis, empty, { loaded: false });
      lost.sequenceAfter = 0;
      const found = compare(lost, mode);
      assert.equal(found.sequenceBehind, 5);
      assert.equal(found.stockMismatchRedis, 10);
      if (mode === 'final') assert.equal(found.rowsWithoutHolder, 4);
    }
  });

  test('a number far away costs no more than a near one', () => {
    const far = agreeing('final');
    far.rows.push(row(11, Number.MAX_SAFE_INTEGER));
    assert.equal(compare(far, 'final').sequenceGaps, Number.MAX_SAFE_INTEGER - 7);
  });
});
