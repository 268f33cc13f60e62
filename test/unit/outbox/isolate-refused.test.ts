import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTEMPTS_MAX, isolateRefused, type RowsOutcome, type WriteRows } from '../../../src/outbox/isolate-refused.ts';
import type { Row } from '../../../src/store/insert-statement.ts';

const never = new AbortController().signal;
const refusal = {
  kind: 'permanent',
  scope: 'row',
  code: 'ER_DATA_TOO_LONG',
  message: 'too long',
} as const satisfies RowsOutcome;

function makeRows(count: number): Row[] {
  return Array.from({ length: count }, (_, index) => ({ user: `${index + 1}`, sequence: index + 1, issuedAtMs: 1 }));
}

/** A table that refuses any write with a bad row in it, and counts how often each row was tried by itself. */
function makeTable(bad: (row: Row, attempt: number) => boolean) {
  const written = new Set<string>();
  const single = new Map<string, number>();
  let writes = 0;
  const isBad = (row: Row) => bad(row, single.get(row.user) ?? 0);
  const write: WriteRows = async (rows, manner) => {
    writes++;
    if (manner === 'singly' || rows.length === 1) {
      for (const { user } of rows) single.set(user, (single.get(user) ?? 0) + 1);
    }
    if (manner === 'together' && rows.some(isBad)) return refusal;
    for (const row of rows) if (!isBad(row)) written.add(row.user);
    const { code, message: reason } = refusal;
    return {
      kind: 'written',
      refused: rows.filter(isBad).map(({ user, sequence }) => ({ user, sequence, code, reason })),
    };
  };
  return { written, single, write, writes: () => writes };
}

test('one bad row among 1,000 is found, tried three times, and its neighbours are written', async () => {
  const rows = makeRows(1000);
  const table = makeTable((row) => row.user === '617');
  const refusals = await isolateRefused(rows, await table.write(rows, 'together'), table.write, never);
  assert.deepEqual(
    refusals.map(({ row, attempts, code }) => [row.user, attempts, code]),
    [['617', ATTEMPTS_MAX, 'ER_DATA_TOO_LONG']],
  );
  assert.equal(table.written.size, 999);
  assert.equal(table.single.get('617'), ATTEMPTS_MAX);
  assert.ok(table.writes() <= 1 + 2 * 4 + 1 + 2, `${table.writes()} writes`);
});

test('several bad rows anywhere are all found, and nothing else', async () => {
  const bad = new Set(['1', '2', '500', '999', '1000']);
  const rows = makeRows(1000);
  const table = makeTable((row) => bad.has(row.user));
  const refusals = await isolateRefused(rows, await table.write(rows, 'together'), table.write, never);
  assert.deepEqual(new Set(refusals.map(({ row }) => row.user)), bad);
  assert.equal(table.written.size, 995);
});

test('a row that is accepted at its second try is not refused', async () => {
  const rows = makeRows(4);
  const table = makeTable((row, attempt) => row.user === '3' && attempt < 2);
  assert.deepEqual(await isolateRefused(rows, await table.write(rows, 'together'), table.write, never), []);
  assert.equal(table.written.size, 4);
});

test('a reason that holds for the whole coupon is not looked for row by row', async () => {
  const rows = makeRows(1000);
  let writes = 0;
  const write = async (): Promise<RowsOutcome> => {
    writes++;
    return { kind: 'permanent', scope: 'coupon', code: 'NO_SUCH_COUPON', message: 'none' };
  };
  const refusals = await isolateRefused(rows, await write(), write, never);
  assert.equal(refusals.length, 1000);
  assert.equal(writes, ATTEMPTS_MAX);
});

test('rows that contradict what is there are refused by name, without halving', async () => {
  const rows = makeRows(3);
  const write = async (some: readonly Row[]): Promise<RowsOutcome> => ({
    kind: 'written',
    refused: some.filter((row) => row.user === '2').map((row) => ({ ...row, code: 'SEQUENCE_TAKEN', reason: 'taken' })),
  });
  const refusals = await isolateRefused(rows, await write(rows), write, never);
  assert.deepEqual(
    refusals.map(({ row, code, attempts }) => [row.user, code, attempts]),
    [['2', 'SEQUENCE_TAKEN', ATTEMPTS_MAX]],
  );
});

test('a stop ends the isolation at once', async () => {
  const stop = new AbortController();
  const table = makeTable(() => true);
  const rows = makeRows(2);
  const isolating = isolateRefused(rows, await table.write(rows, 'together'), table.write, stop.signal);
  stop.abort();
  await assert.rejects(isolating, { name: 'AbortError' });
});

test('rows that a slow database had no time for are tried in the next write', async () => {
  const rows = makeRows(100);
  const table = makeTable((row) => Number(row.user) % 3 === 0);
  const write: WriteRows = async (some, manner) => {
    if (manner === 'together' || some.length < 5) return table.write(some, manner);
    return { ...(await table.write(some.slice(0, 5), manner)), untried: some.length - 5 } as RowsOutcome;
  };
  const refusals = await isolateRefused(rows, await write(rows, 'together'), write, never);
  assert.equal(refusals.length, 33);
  assert.equal(table.written.size, 67);
  assert.deepEqual(
    new Set([...table.single].filter(([user]) => Number(user) % 3 === 0).map(([, tries]) => tries)),
    new Set([3]),
  );
});

test('where all rows are refused, there is one write for some dozens of them at each try', async () => {
  const rows = makeRows(2048);
  const table = makeTable(() => true);
  const refusals = await isolateRefused(rows, await table.write(rows, 'together'), table.write, never);
  assert.equal(refusals.length, 2048);
  assert.deepEqual(new Set(table.single.values()), new Set([ATTEMPTS_MAX]));
  assert.ok(table.writes() <= 250, `${table.writes()} writes`);
});

test('a write of single rows that is refused as a whole leaves no row out: each is tried alone', async () => {
  const rows = makeRows(3);
  const written: string[] = [];
  const write: WriteRows = async (some, manner) => {
    if (some.length > 1 || some[0]?.user === '2') return refusal;
    if (manner === 'singly') written.push(some[0]?.user as string);
    return { kind: 'written', refused: [] };
  };
  const refusals = await isolateRefused(rows, refusal, write, never);
  assert.deepEqual(written, ['1', '3']);
  assert.deepEqual(
    refusals.map(({ row, attempts }) => [row.user, attempts]),
    [['2', ATTEMPTS_MAX]],
  );
});
