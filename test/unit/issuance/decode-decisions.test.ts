import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeDecisions } from '../../../src/issuance/decode-decisions.ts';
import type { DecidedReply } from '../../../src/issuance/issue-script.ts';

const NOW = 1_800_000_000_000;

const reply = (codes: string, rest: Partial<DecidedReply> = {}): DecidedReply => ({
  status: 'decided',
  nowMs: NOW,
  firstSequence: 41,
  left: 5,
  opensAtMs: NOW + 60_000,
  epoch: 3,
  codes,
  replays: [],
  ...rest,
});

/** Each letter of lua/issue.lua, and one that no version of it has. */
const meanings = [
  ['i', { kind: 'issued', sequence: 41, issuedAtMs: NOW }],
  ['d', { kind: 'already-issued' }],
  ['s', { kind: 'sold-out' }],
  ['n', { kind: 'not-open', opensAtMs: NOW + 60_000 }],
  ['p', { kind: 'paused' }],
  ['c', { kind: 'closed' }],
  ['o', { kind: 'overloaded' }],
  // Not known is not a refusal (I5): it may have been issued.
  ['?', { kind: 'unknown' }],
] as const;

for (const [code, decision] of meanings) {
  test(`the letter ${code} of a decided batch means ${decision.kind}`, () => {
    assert.deepEqual(decodeDecisions(reply(code), false).decided, [decision]);
  });
}

test('sequences are given in the order of the applicants, and to those alone who got a coupon', () => {
  const { decided, lastSequence } = decodeDecisions(reply('idisi'), false);
  assert.deepEqual(
    decided.map((decision) => ('sequence' in decision ? decision.sequence : null)),
    [41, null, 42, null, 43],
  );
  assert.equal(lastSequence, 43);
});

test('a batch that issued nothing leaves the last sequence before its own', () => {
  assert.equal(decodeDecisions(reply('sdc'), false).lastSequence, 40);
});

test('a replay has the sequence and the time of then, and takes no number', () => {
  const replays = [7, NOW - 5000, 9, NOW - 3000];
  const { decided, lastSequence } = decodeDecisions(reply('rir', { replays }), false);
  assert.deepEqual(decided, [
    { kind: 'replayed', sequence: 7, issuedAtMs: NOW - 5000 },
    { kind: 'issued', sequence: 41, issuedAtMs: NOW },
    { kind: 'replayed', sequence: 9, issuedAtMs: NOW - 3000 },
  ]);
  assert.equal(lastSequence, 41);
});

test('those refused because of a full outbox are counted', () => {
  assert.equal(decodeDecisions(reply('oioo'), false).overfull, 3);
  assert.equal(decodeDecisions(reply('isd'), false).overfull, 0);
});

/** A holder may be one by an earlier copy of the same batch, if Redis forgot that it executed it. */
const holders = [
  { status: 'decided', sentBefore: false, kind: 'already-issued' },
  { status: 'decided', sentBefore: true, kind: 'unknown' },
  { status: 'remembered', sentBefore: false, kind: 'already-issued' },
  { status: 'remembered', sentBefore: true, kind: 'already-issued' },
] as const;

for (const { status, sentBefore, kind } of holders) {
  test(`a holder in a batch that is ${status}, ${sentBefore ? 'sent before' : 'sent once'}: ${kind}`, () => {
    const { decided } = decodeDecisions(reply('dsi', { status }), sentBefore);
    assert.deepEqual(
      decided.map((decision) => decision.kind),
      [kind, 'sold-out', 'issued'],
    );
  });
}
