// Both forms of user ids, also the one that this run does not have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isId } from '../../src/ids.ts';
import { numberIds } from '../../src/user-id-number.ts';
import { textIds } from '../../src/user-id-text.ts';

const UUID = '0b9f7c9e-2d64-4b8a-9d0e-5f1f7a3c2b10';

test('numbers: a pseudonym is an id, and no user', () => {
  for (const id of ['9006000000000000', '9006000000000001', '9006999999999999']) {
    assert.ok(isId(id) && !numberIds.isUserId(id), id);
    assert.equal(numberIds.readStored(id), Number(id));
  }
  for (const id of ['1', '9006', '900600000000000', '9005999999999999', '9007000000000000', '9007199254740991']) {
    assert.ok(numberIds.isUserId(id), id);
  }
});

test('texts: each of the 71 characters is one of an id, and no other byte is', () => {
  const allowed = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(textIds.isUserId);
  assert.equal(allowed.join(''), '+-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz|');
});

test('texts: 1 to 64 characters, one line', () => {
  for (const id of ['a', UUID, 'auth0|65f1c2', 'a'.repeat(64), '007', '9006000000000001', '__proto__', '-', '=1+1']) {
    assert.ok(textIds.isUserId(id), id);
  }
  for (const id of [
    '',
    'a'.repeat(65),
    'a\n',
    'a b',
    'a,b',
    "a'b",
    'a"b',
    'a\\b',
    'é',
    '~1',
    'a%',
    'a*',
    '{a}',
    '유저',
  ]) {
    assert.ok(!textIds.isUserId(id), id);
  }
});

test('texts: the number of a token is no text', () => {
  assert.equal(textIds.isUserId(42 as unknown as string), false);
});

test('texts: a pseudonym is stored as an id is, and no user can have it', () => {
  const pseudonym = textIds.pseudonym(9_006_000_000_000_001);
  assert.ok(textIds.isStored(pseudonym) && textIds.isPseudonym(pseudonym));
  assert.ok(!textIds.isUserId(pseudonym));
  assert.ok(!textIds.isPseudonym('9006000000000001'), 'these digits are the id of a user');
});

test('texts: an outbox entry is a list of ids, and nothing else is', () => {
  for (const list of ['a', `a,${UUID}`, 'a,~9006000000000001']) assert.ok(textIds.isStoredList(list), list);
  for (const list of ['', ',', 'a,', ',a', 'a,,b', 'a b', "a,b'", `a,${'b'.repeat(65)}`]) {
    assert.ok(!textIds.isStoredList(list), list);
  }
});

test('texts: what is put into SQL and JSON is what a parser reads back', () => {
  const list = `auth0|1,${UUID},a:b=c/d+e@f._-`;
  assert.deepEqual(JSON.parse(`[${textIds.toJsonArray(list)}]`), list.split(','));
  assert.equal(textIds.toSqlList('a,b'), "'a','b'");
  assert.equal(textIds.jsonText(UUID), JSON.stringify(textIds.key(UUID)));
  assert.equal(numberIds.jsonText('42'), JSON.stringify(numberIds.key('42')));
});

test('texts: the order is that of their bytes', () => {
  assert.deepEqual(textIds.sort(['b', 'a', 'B', '10', '9', 'a|', 'a']), ['10', '9', 'B', 'a', 'a', 'a|', 'b']);
  assert.deepEqual(numberIds.sort(['10', '9', '100']), ['9', '10', '100']);
});

test('an id is found in a sentence and among others, and not within another id', () => {
  const sentence = (id: string) => new RegExp(`user ${textIds.inSentence(id)}`);
  for (const text of ['user a.b', 'user a.b.', 'user a.b: gone', 'user a.b, and more'])
    assert.match(text, sentence('a.b'));
  for (const text of ['user a.bc', 'user axb', 'user a.b.c', 'user a.b|1']) assert.doesNotMatch(text, sentence('a.b'));
  const among = new RegExp(textIds.inText('x|1'));
  for (const text of ['x|1', 'u=[x|1,y]', '1,x|1']) assert.match(text, among);
  for (const text of ['ax|1', 'x|12', 'x|1@b', '-x|1', 'x1']) assert.doesNotMatch(text, among);
});

test('an Idempotency-Key can not be taken for the end of an id', () => {
  assert.ok(!textIds.isUserId(`a${textIds.keyEnd}b`));
  assert.ok(!numberIds.isUserId(`1${numberIds.keyEnd}2`));
});
