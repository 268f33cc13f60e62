import { test } from 'node:test';
import { proveFailover } from '../../support/mysql-failover.ts';

// With the writer killed: test/fault/slow/mysql-writer-killed.test.ts.
test('the writer turns read-only while its name moves: rows go to the new one within seconds', (t) =>
  proveFailover(t, 'turns read-only'));
