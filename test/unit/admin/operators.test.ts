import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashOf, newOperator, OPERATORS_MAX, OperatorsError, parseOperators } from '../../../src/admin/operators.ts';
import { readOperators, watchOperators } from '../../../src/admin/operators-file.ts';
import { createLogger } from '../../../src/log.ts';
import { testFolder } from '../../support/folder.ts';
import { waitFor } from '../../support/wait.ts';

const HASH = `sha256:${'0a'.repeat(32)}`;
const other = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}`;

test('a line is a name, a role, and the hash of a token', () => {
  const alice = newOperator('alice', 'operator');
  assert.match(alice.token, /^[\w-]{43}$/);
  assert.ok(!alice.line.includes(alice.token));
  const text = `# who\n\n${alice.line}\r\n  bob.b@example.org\tviewer   ${HASH}  `;
  const operators = parseOperators(text, 'file').map(({ name, role }) => [name, role]);
  assert.deepEqual(operators, [
    ['alice', 'operator'],
    ['bob.b@example.org', 'viewer'],
  ]);
  assert.deepEqual(parseOperators(alice.line, 'file')[0]?.hash, hashOf(alice.token));
  assert.deepEqual(parseOperators('', 'file'), []);
});

test('a bad line refuses the file whole, by its number', () => {
  const bad: readonly (readonly [line: string, problem: RegExp])[] = [
    ['alice', /must be a name, a role, and sha256/],
    [`alice viewer ${HASH} more`, /must be a name, a role/],
    [`al/ice viewer ${HASH}`, /has a name that is not 1 to 64 letters/],
    [`${'x'.repeat(65)} viewer ${HASH}`, /has a name/],
    [`앨리스 viewer ${HASH}`, /has a name/],
    [`alice root ${HASH}`, /none of viewer, support, operator, admin/],
    [`alice Viewer ${HASH}`, /none of viewer/],
    ['alice viewer sha256:12', /has a hash that is not sha256/],
    [`alice viewer ${HASH.toUpperCase()}`, /has a hash/],
    [`alice viewer ${'0a'.repeat(32)}`, /has a hash/],
    [`carol admin ${HASH}`, /repeats the name of line 2/],
    [`dora admin ${other(1)}`, /repeats the token of line 2/],
  ];
  for (const [line, problem] of bad) {
    const text = `# one\ncarol viewer ${other(1)}\n${line}\n`;
    assert.throws(
      () => parseOperators(text, '/etc/operators'),
      (error: Error) => {
        assert.ok(error instanceof OperatorsError);
        assert.match(error.message, /^line 3 of \/etc\/operators /, line);
        assert.match(error.message, problem, line);
        return true;
      },
    );
  }
  const many = Array.from({ length: OPERATORS_MAX + 1 }, (_, n) => `o${n} viewer ${other(n)}`).join('\n');
  assert.throws(() => parseOperators(many, 'f'), /line 501 of f is one too many/);
  assert.throws(
    () => readOperators('/nonexistent/operators'),
    /COUPONRUSH_OPERATORS_FILE can't be read: ENOENT.*; make it with `couponrush operator add NAME --role admin`$/,
  );
  assert.throws(() => readOperators(testFolder('operators')), /COUPONRUSH_OPERATORS_FILE can't be read: EISDIR[^;]*$/);
});

test('a file that an editor empties before it writes removes no one', async (t) => {
  const path = join(testFolder('operators'), 'operators');
  const line = `alice viewer ${other(1)}\n`;
  writeFileSync(path, line);
  const seen: number[] = [];
  t.after(watchOperators(path, createLogger('test', 'silent'), (operators) => seen.push(operators.length), 5));
  await waitFor('it is read', () => seen.length === 1);
  // Far apart, so that a slow second look does not find the next empty file.
  for (let n = 0; n < 5; n++) {
    writeFileSync(path, '');
    await sleep(12);
    writeFileSync(path, line);
    await sleep(250);
  }
  assert.deepEqual(seen, [1]);
});

test('a change is read; a bad or missing file leaves who was there in force, and is logged once', async (t) => {
  const path = join(testFolder('operators'), 'operators');
  const lines: string[] = [];
  const log = Object.assign(createLogger('test', 'silent'), {
    error: ({ reason }: { reason: string }) => lines.push(reason),
  });
  writeFileSync(path, `alice viewer ${other(1)}\n`);
  let names: string[] = [];
  const end = watchOperators(path, log, (operators) => (names = operators.map(({ name }) => name)), 5);
  t.after(end);
  await waitFor('it is read', () => names.join() === 'alice');
  writeFileSync(path, `alice viewer ${other(1)}\nbob admin ${other(2)}\n`);
  await waitFor('a second one is read', () => names.join() === 'alice,bob');
  writeFileSync(path, `alice viewer ${other(1)}\nbob boss ${other(2)}\n`);
  await waitFor('the bad line is reported', () => lines.length === 1);
  assert.match(lines[0] as string, /^line 2 of .* has a role/);
  rmSync(path);
  await waitFor('that it is gone is reported', () => lines.length === 2);
  assert.equal(names.join(), 'alice,bob');
  writeFileSync(path, `bob admin ${other(2)}\n`);
  await waitFor('it is good again', () => names.join() === 'bob');
  assert.equal(lines.length, 2);
});
