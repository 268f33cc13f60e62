import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isId } from '../../src/ids.ts';

test('an id has one spelling', () => {
  for (const id of ['1', '42', '9007199254740991']) assert.ok(isId(id), id);
  const others = [
    '',
    '0',
    '007',
    '-1',
    '+1',
    '1e3',
    '1.0',
    ' 1',
    '1 ',
    '1,2',
    '0x1',
    '9007199254740992',
    '99999999999999999',
  ];
  for (const id of [...others, '1\n', '١', '}{', 'NaN']) assert.ok(!isId(id), JSON.stringify(id));
});
