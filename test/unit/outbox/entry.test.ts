import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeEntry, packEntry } from '../../../src/outbox/entry.ts';

const ID = '1700000000000-3';

test('an entry is read in any order of its fields, with unknown ones left out', () => {
  const fields = ['u', '7,42,9007199254740991', 'x', 'y', 's', '5', 't', '1700000000123'];
  assert.deepEqual(packEntry(ID, fields, 4), {
    id: ID,
    firstSequence: 5,
    issuedAtMs: 1_700_000_000_123,
    users: '7,42,9007199254740991',
    rows: 3,
    epoch: 4,
  });
  assert.deepEqual(decodeEntry(ID, fields)?.users, ['7', '42', '9007199254740991']);
});

test('anything that is not of our layout is refused as a whole', () => {
  const good = { s: '1', t: '1', u: '1' };
  const wrong: Record<string, string>[] = [
    { u: '' },
    { u: '1,' },
    { u: ',1' },
    { u: '1,,2' },
    { u: '01' },
    { u: '0' },
    { u: '-1' },
    { u: '1 ' },
    { u: '1e3' },
    { u: "1),(2,2,'x" },
    { u: '12345678901234567' },
    { s: '' },
    { s: '0' },
    { s: '1.5' },
    { s: '9007199254740991', u: '1,2' },
    { t: 'now' },
  ];
  assert.ok(packEntry(ID, Object.entries(good).flat(), 0));
  for (const change of wrong) {
    assert.equal(packEntry(ID, Object.entries({ ...good, ...change }).flat(), 0), null, JSON.stringify(change));
  }
  assert.equal(packEntry(ID, [], 0), null);
  assert.equal(packEntry(ID, ['s', '1', 't', '1', 'u'], 0), null, 'a field without its value');
});
