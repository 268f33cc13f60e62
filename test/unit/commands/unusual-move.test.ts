import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedFirst } from '../../../src/commands/coupon/unusual-move.ts';
import type { MoveAnswer } from '../../../src/commands/operator.ts';

const refused = new Error('BELOW_ISSUED');

/** @returns what is sent of a move that the server refuses */
async function sentOf(options: object): Promise<object[]> {
  const sent: object[] = [];
  const ask = async (more: object): Promise<MoveAnswer> => {
    sent.push(more);
    throw refused;
  };
  await assert.rejects(
    askedFirst(options, ask, () => 'words'),
    refused,
  );
  return sent;
}

test('a move that is refused when it is tried first was meant; a dry run was not', async () => {
  assert.deepEqual(await sentOf({}), [{ dryRun: true, intended: true }]);
  assert.deepEqual(await sentOf({ yes: true }), [{}]);
  assert.deepEqual(await sentOf({ dryRun: true }), [{ dryRun: true }]);
  assert.deepEqual(await sentOf({ dryRun: true, yes: true }), [{ dryRun: true }]);
});
