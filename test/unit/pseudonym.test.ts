import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isId } from '../../src/ids.ts';
import { isUserId } from '../../src/user-id.ts';

test('a pseudonym is an id, and no user', () => {
  for (const id of ['9006000000000000', '9006000000000001', '9006999999999999']) {
    assert.ok(isId(id) && !isUserId(id), id);
  }
  for (const id of ['1', '9006', '900600000000000', '9005999999999999', '9007000000000000', '9007199254740991']) {
    assert.ok(isUserId(id), id);
  }
});
