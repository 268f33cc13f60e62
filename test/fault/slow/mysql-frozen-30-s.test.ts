import { test } from 'node:test';
import { proveFrozenMysql } from '../../support/frozen-mysql.ts';

test('MySQL frozen for 30 s: transient, connections are renewed, issuing does not notice', async (t) => {
  await proveFrozenMysql(t, 30_000, 10_000);
});
