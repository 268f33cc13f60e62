import { test } from 'node:test';
import { proveFailover } from '../../support/mysql-failover.ts';

test('the writer is killed while its name moves: rows go to the new one within seconds', (t) =>
  proveFailover(t, 'is killed'));
