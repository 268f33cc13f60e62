// The history checker, with each contradiction planted once: alone in an otherwise sound history, and found by its
// name.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Attempt } from '../../../src/history/attempt.ts';
import { type CheckOptions, checkHistory, type HistoryState, type Settlement } from '../../../src/history/check.ts';
import { type ViolationName, violationNames } from '../../../src/history/violations.ts';
import type { IssuedRow, Numbered } from '../../../src/store/tables/issuances.ts';

interface Case {
  history: Attempt[];
  stock: number;
  holders: Set<number>;
  rows: IssuedRow[];
  outbox: Numbered[];
  dead: Numbered[];
  settled: Map<number, Settlement>;
  options: CheckOptions;
}

function attempt(user: number, status: number | null, rest: Partial<Attempt> = {}): Attempt {
  return {
    user,
    status,
    code: null,
    sequence: null,
    error: null,
    replayed: false,
    startedAtMs: 1000,
    sentAtMs: 1001,
    endedAtMs: 1010,
    ...rest,
  };
}
const granted = (user: number, sequence: number, rest: Partial<Attempt> = {}) =>
  attempt(user, 201, { sequence, ...rest });
const refused = (user: number, code: string, rest: Partial<Attempt> = {}) => attempt(user, 400, { code, ...rest });
const row = (user: number, sequence: number): IssuedRow => ({ user, sequence, revoked: false });

/**
 * Users 1-3 were granted (3 is still in the outbox), 4 and 5 lost their connection (4 got the coupon), 6 was sold out,
 * 7 was shed, 8 had held it before and asked again, 9 is granted and waits in dead letters.
 */
function sound(): Case {
  return {
    history: [
      granted(1, 2),
      granted(2, 3),
      granted(3, 4),
      attempt(4, null, { error: 'connection reset' }),
      attempt(5, 504, { code: 'OUTCOME_UNKNOWN' }),
      refused(6, 'OUT_OF_STOCK_COUPON'),
      attempt(7, 503, { code: 'OVERLOADED' }),
      refused(8, 'ALREADY_ISSUED_COUPON'),
      granted(9, 6),
    ],
    stock: 6,
    holders: new Set([8, 1, 2, 3, 4, 9]),
    rows: [row(8, 1), row(1, 2), row(2, 3), row(4, 5)],
    outbox: [{ user: 3, sequence: 4 }],
    dead: [{ user: 9, sequence: 6 }],
    settled: new Map<number, Settlement>([
      [4, { issued: true, sequence: 5 }],
      [5, { issued: false }],
    ]),
    options: { before: new Set([8]), complete: true },
  };
}

function check(planted: Case): string[] {
  const { history, options, ...state } = planted;
  return checkHistory(history, state satisfies HistoryState, options).map((violation) => violation.name);
}

const plants: [ViolationName, string, (planted: Case) => void][] = [
  ['grantedWithoutRow', 'a granted coupon is in no store', (c) => c.rows.splice(1, 1)],
  ['grantedWithoutHolder', 'Redis forgot a holder', (c) => c.holders.delete(1)],
  ['grantedTwice', 'the same user is granted twice', (c) => c.history.push(granted(1, 2))],
  ['grantedTwice', 'an earlier holder is granted again', (c) => c.history.push(granted(8, 1))],
  ['unreadableGrant', 'a 201 has no sequence', (c) => c.history.splice(0, 1, attempt(1, 201))],
  ['sequenceMismatch', 'the row has another number than the answer', (c) => c.rows.splice(1, 1, row(1, 9))],
  [
    'rowWithoutGrant',
    'told "already issued", and nobody granted it',
    (c) => {
      c.options = { before: new Set(), complete: true };
    },
  ],
  [
    'rowWithoutGrant',
    'a user who never asked has a row',
    (c) => {
      c.rows.push(row(77, 7));
      c.stock = 7;
    },
  ],
  [
    'rowWithoutGrant',
    'a user who never asked is a holder',
    (c) => {
      c.holders.add(77);
      c.stock = 7;
    },
  ],
  [
    'refusedButIssued',
    'a user who was told "sold out" has a row',
    (c) => {
      c.rows.push(row(6, 7));
      c.stock = 7;
    },
  ],
  [
    'refusedButIssued',
    'a user who was shed is in the outbox',
    (c) => {
      c.outbox.push({ user: 7, sequence: 7 });
      c.stock = 7;
    },
  ],
  [
    'refusedButIssued',
    'a user who was shed is in dead letters',
    (c) => {
      c.dead.push({ user: 7, sequence: 7 });
      c.stock = 7;
    },
  ],
  [
    'refusedButIssued',
    'a user who was shed is a holder',
    (c) => {
      c.holders.add(7);
      c.stock = 7;
    },
  ],
  [
    'winnerTurnedAway',
    'a winner who asks again is told "sold out"',
    (c) => c.history.push(refused(1, 'OUT_OF_STOCK_COUPON', { startedAtMs: 2000, endedAtMs: 2010 })),
  ],
  ['winnerTurnedAway', 'an earlier holder is told "closed"', (c) => c.history.push(refused(8, 'EXPIRED_COUPON'))],
  [
    'alreadyIssuedWithoutCoupon',
    'told "already issued" without holding anything',
    (c) => c.history.push(refused(20, 'ALREADY_ISSUED_COUPON')),
  ],
  [
    'revokedWithoutRevocation',
    'told "revoked", and holds the coupon',
    (c) => c.history.push(refused(8, 'REVOKED_COUPON')),
  ],
  [
    'revokedWithoutRevocation',
    'told "revoked", and never had one',
    (c) => c.history.push(refused(20, 'REVOKED_COUPON')),
  ],
  [
    'alreadyIssuedAfterRevocation',
    'told "revoked", and is a holder again later',
    (c) => {
      c.rows = c.rows.map((each) => (each.user === 1 ? { ...each, revoked: true } : each));
      c.holders.delete(1);
      c.history.push(refused(1, 'REVOKED_COUPON', { startedAtMs: 3000, endedAtMs: 3010 }));
      c.history.push(refused(1, 'ALREADY_ISSUED_COUPON', { startedAtMs: 3020, endedAtMs: 3030 }));
    },
  ],
  ['duplicateRow', 'a user has two rows', (c) => c.rows.push(row(1, 2))],
  [
    'overIssued',
    'more rows than stock',
    (c) => {
      c.stock = 5;
    },
  ],
  [
    'overIssued',
    'more holders than stock',
    (c) => {
      c.holders.add(77);
      c.options = { before: new Set([8]) };
    },
  ],
  ['unsettled', 'an unknown outcome was never settled', (c) => c.settled.delete(5)],
  ['settledWrongly', 'settled as not issued, but there is a row', (c) => c.settled.set(4, { issued: false })],
  [
    'settledWrongly',
    'settled as not issued, but Redis has the holder',
    (c) => {
      c.holders.add(5);
      c.stock = 7;
    },
  ],
  ['settledWrongly', 'settled as issued, but there is nothing', (c) => c.settled.set(5, { issued: true, sequence: 7 })],
  ['settledWrongly', 'settled with another number', (c) => c.settled.set(4, { issued: true, sequence: 9 })],
  [
    'unexpectedStatus',
    'a 500',
    (c) => {
      c.history.push(attempt(30, 500));
      c.settled.set(30, { issued: false });
    },
  ],
];

describe('checkHistory', () => {
  test('finds nothing in a sound history', () => assert.deepEqual(check(sound()), []));

  for (const [name, title, plant] of plants) {
    test(`${name}: ${title}`, () => {
      const planted = sound();
      plant(planted);
      assert.deepEqual(check(planted), [name]);
    });
  }

  test('duplicateSequence and sequenceGivenTwice: one number belongs to two users', () => {
    const planted = sound();
    planted.history.splice(1, 1, granted(2, 2));
    planted.rows.splice(2, 1, row(2, 2));
    assert.deepEqual(check(planted), ['sequenceGivenTwice', 'duplicateSequence']);
  });

  test('sequenceGivenTwice: one number was answered twice, though stored once', () => {
    const planted = sound();
    planted.history.splice(1, 1, granted(2, 2));
    assert.deepEqual(check(planted), ['sequenceMismatch', 'sequenceGivenTwice']);
  });

  test('duplicateSequence: the outbox and a row give one number to two users', () => {
    const planted = sound();
    planted.outbox.splice(0, 1, { user: 3, sequence: 3 });
    planted.history.splice(2, 1, granted(3, 3));
    assert.deepEqual(check(planted), ['sequenceGivenTwice', 'duplicateSequence']);
  });

  test('every kind of violation is planted above', () => {
    const planted = new Set<string>([...plants.map(([name]) => name), 'sequenceGivenTwice', 'duplicateSequence']);
    assert.deepEqual(
      violationNames.filter((name) => !planted.has(name)),
      [],
    );
  });

  test('a repeated answer under the same Idempotency-Key is not a second grant', () => {
    const planted = sound();
    planted.history.push(granted(1, 2, { replayed: true }));
    assert.deepEqual(check(planted), []);
  });

  test('a refusal that ended before the granted request began is no contradiction', () => {
    const planted = sound();
    planted.history.push(refused(1, 'OUT_OF_STOCK_COUPON', { startedAtMs: 10, endedAtMs: 20 }));
    assert.deepEqual(check(planted), []);
  });

  test('a coupon that was revoked after its grant keeps its row and has no holder', () => {
    const planted = sound();
    planted.rows.splice(1, 1, { user: 1, sequence: 2, revoked: true });
    planted.holders.delete(1);
    planted.stock = 5;
    assert.deepEqual(check(planted), []);
  });

  test('other users are none of its business unless the history is complete', () => {
    const planted = sound();
    planted.rows.push(row(77, 7));
    planted.stock = 7;
    planted.options = { before: new Set([8]) };
    assert.deepEqual(check(planted), []);
  });

  test('counts each user, and gives the first few as examples', () => {
    const planted = sound();
    planted.history = Array.from({ length: 25 }, (_, index) => granted(100 + index, 100 + index));
    planted.options = {};
    const { history, options, ...state } = planted;
    const lost = checkHistory(history, state, options).find((violation) => violation.name === 'grantedWithoutRow');
    assert.equal(lost?.count, 25);
    assert.deepEqual(lost?.examples, [100, 101, 102, 103, 104, 105, 106, 107, 108, 109]);
  });
});
