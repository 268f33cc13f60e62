// What a request of the admin API may do, by what the gate has said and what Redis answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRefusal } from '../../../src/admin/installation-check.ts';

const NOT_PROVEN = 'not proven yet';
const proven = { claims: ['a', 'b'], problem: null };
const unproven = { claims: ['a'], problem: NOT_PROVEN };
const another = { claims: [], problem: 'this Redis belongs to another installation' };

const check = (known: typeof proven | typeof unproven | typeof another, readClaim: () => Promise<string | null>) =>
  findRefusal({ known: () => known, readClaim, waitMs: 0 });
const has = (claim: string | null) => async () => claim;
const fails = () => Promise.reject(new Error('connection lost'));
const hangs = () => new Promise<never>(() => {});

test('a Redis with a proven claim is served, and one that does not answer says so itself', async () => {
  assert.equal(await check(proven, has('b')), null);
  assert.equal(await check(proven, fails), null);
  assert.equal(await check(proven, hangs), null);
});

test('a claim that is not known yet is waited for', async () => {
  let known = { claims: ['a'], problem: null };
  setTimeout(() => {
    known = proven;
  }, 150);
  assert.equal(await findRefusal({ known: () => known, readClaim: has('b') }), null);
  assert.equal((await check(proven, has('c')))?.allowsBrake, false);
  assert.equal((await check(proven, has(null)))?.allowsBrake, false);
});

test('while it is not proven, a Redis with a known claim may take the mark of a pause, and nothing else', async () => {
  assert.deepEqual(await check(unproven, has('a')), { reason: NOT_PROVEN, allowsBrake: true });
});

test('nothing goes to a Redis of another installation, that is empty, or whose claim is not read', async () => {
  assert.deepEqual(await check(another, has('a')), { reason: another.problem, allowsBrake: false });
  for (const readClaim of [has('z'), has(null), fails, hangs]) {
    assert.deepEqual(await check(unproven, readClaim), { reason: NOT_PROVEN, allowsBrake: false });
  }
});
