import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRecent } from '../../../src/local/program.ts';

test('versions are compared by number, not by text', () => {
  assert.equal(isRecent('10.11.19-MariaDB-0+deb12u1', [10, 11]), true);
  assert.equal(isRecent('10.6.18-MariaDB', [10, 11]), false);
  assert.equal(isRecent('11.4.2-MariaDB', [10, 11]), true);
  assert.equal(isRecent('6.0.16', [7, 0]), false);
  assert.equal(isRecent('5:7.0.15-1~deb12u7'.slice(2), [7, 0]), true);
  assert.equal(isRecent('', [7, 0]), false);
});
