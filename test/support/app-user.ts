// couponrush under test runs with exactly the rights that it has in production: as a user of its own in Redis and
// MySQL. The tests themselves come as the owner of both.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { REDIS_APP_USER } from '../../src/redis/acl.ts';

const PASSWORD = 'password-of-the-tests';
const MYSQL_APP_USER = 'couponrush_app';
const OWNER = 'couponrush';

/** Before a server is started on the folder: it takes the password from there. */
export function writeAppPassword(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'app-password'), PASSWORD, { mode: 0o600 });
}

/** The same Redis as the app's user; a URL that names its user is left as it is. */
export function redisUrlOfApp(ownerUrl: string): string {
  const url = new URL(ownerUrl);
  if (url.username !== '') return ownerUrl;
  url.username = REDIS_APP_USER;
  url.password = PASSWORD;
  return url.href;
}

/** The same database as the app's user, which has no rights before a migration by the owner. */
export function mysqlUrlOfApp(ownerUrl: string): string {
  const url = new URL(ownerUrl);
  if (url.username !== OWNER) return ownerUrl;
  url.username = MYSQL_APP_USER;
  url.password = PASSWORD;
  return url.href;
}

/** On a server that another process started. */
export async function ensureMysqlAppUser(ownerUrl: string): Promise<void> {
  const connection = await mysql.createConnection(ownerUrl);
  try {
    await connection.query(`CREATE USER IF NOT EXISTS '${MYSQL_APP_USER}'@'%' IDENTIFIED BY '${PASSWORD}'`);
    await connection.query(`ALTER USER '${MYSQL_APP_USER}'@'%' IDENTIFIED BY '${PASSWORD}'`);
  } finally {
    await connection.end();
  }
}
