import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitStatements } from '../../../src/store/migrate.ts';

test('a statement ends with a semicolon at the end of a line, and comments alone are none', () => {
  const sql = "-- first\nCREATE TABLE a (x INT); \nINSERT INTO a VALUES (';\\'');\n\n-- the end;\n";
  assert.deepEqual(splitStatements(sql), ['-- first\nCREATE TABLE a (x INT)', "INSERT INTO a VALUES (';\\'')"]);
});
