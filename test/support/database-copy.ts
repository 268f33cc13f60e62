// A copy of a database, as a dump that is restored elsewhere makes one.
import { randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';
import type { Scope } from './servers.ts';
import { query } from './sql.ts';

/** All tables with their rows, as they are now, in a new database of the same server. @returns its URL */
export async function copyDatabase(t: Scope, url: string): Promise<string> {
  const from = new URL(url).pathname.slice(1);
  const to = `copy_${process.pid}_${randomBytes(4).toString('hex')}`;
  const connection = await mysql.createConnection(url);
  try {
    await connection.query(`CREATE DATABASE ${to} CHARACTER SET utf8mb4`);
    const [tables] = await connection.query('SHOW TABLES');
    for (const row of tables as Record<string, string>[]) {
      const table = Object.values(row)[0] as string;
      await connection.query(`CREATE TABLE ${to}.${table} LIKE ${from}.${table}`);
      await connection.query(`INSERT INTO ${to}.${table} SELECT * FROM ${from}.${table}`);
    }
  } finally {
    await connection.end();
  }
  const copy = new URL(url);
  copy.pathname = `/${to}`;
  t.after(async () => {
    // A server of this test alone may be gone by now.
    await query(copy.href, `DROP DATABASE ${to}`).catch(() => {});
  });
  return copy.href;
}
