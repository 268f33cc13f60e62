// What MySQL or MariaDB refuses becomes one sentence, and whether waiting may help is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeRefusal } from '../../../src/store/refusals.ts';
import { readServerVersion } from '../../../src/store/server-version.ts';
import type { StoreAddress } from '../../../src/unusable-store.ts';

const address: StoreAddress = { store: 'MySQL', variable: 'MYSQL_URL', url: 'mysql://app:secret@db.example/shop' };
const refused = (errno: number, message = 'text', url = address.url) =>
  describeRefusal({ ...address, url }, Object.assign(new Error(message), { errno }));

test('a refusal says what to do, and whether waiting may help', () => {
  const cases: [number, RegExp, boolean][] = [
    [1045, /^refuses user "app": the password in MYSQL_URL is wrong/, false],
    [1130, /^takes no connection from this machine/, false],
    [1040, /^has no connection left .*max_connections/, true],
    [1203, /^has no connection left/, true],
    [1226, /^has no connection left/, true],
    [1053, /^is shutting down$/, true],
    [1290, /^is read-only: MYSQL_URL must lead to the writer$/, true],
    [1792, /^is read-only/, true],
    [1836, /^is read-only/, true],
    [1044, /^gives user "app" too few rights on database "shop"/, false],
    [1142, /deploy\/mysql-grants\.sql$/, false],
    [1049, /^has no database "shop"/, false],
    [3159, /^speaks TLS only: begin MYSQL_URL with mysqls:\/\/$/, false],
  ];
  for (const [errno, expected, curable] of cases) {
    const trouble = refused(errno);
    assert.match(trouble?.reason ?? '', expected, String(errno));
    assert.equal(trouble?.curable, curable, String(errno));
    assert.doesNotMatch(trouble?.reason ?? '', /secret/);
  }
  assert.match(refused(1045, 'text', 'mysql://app@db.example/shop')?.reason ?? '', /without a password: put it into/);
  assert.equal(refused(1064), null);
  assert.equal(describeRefusal(address, new Error('no number')), null);
});

test('versions are read from what servers and their relatives answer', () => {
  const cases: [string, string, boolean][] = [
    ['8.0.36', 'MySQL 8.0.36', false],
    ['9.7.0', 'MySQL 9.7.0', false],
    ['8.0.34-26', 'MySQL 8.0.34', false],
    ['5.7.44-log', 'MySQL 5.7.44', true],
    ['10.11.6-MariaDB-0+deb12u1', 'MariaDB 10.11.6', false],
    ['5.5.5-10.11.6-MariaDB-log', 'MariaDB 10.11.6', false],
    ['11.4.2-MariaDB', 'MariaDB 11.4.2', false],
    ['10.6.18-MariaDB', 'MariaDB 10.6.18', true],
    ['10.5.5-10.6.18-MariaDB', 'MariaDB 10.5.5', true],
    ['5.5.68-MariaDB', 'MariaDB 5.5.68', true],
    ['8.0.11-TiDB-v7.5.1', 'MySQL 8.0.11', false],
    ['unknown', 'MySQL unknown', false],
  ];
  for (const [text, name, tooOld] of cases) {
    const version = readServerVersion(text);
    assert.equal(version.name, name);
    assert.equal(version.tooOld !== null, tooOld, text);
  }
});
