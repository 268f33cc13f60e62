// MySQL and MariaDB as others set them up: what their defaults would change is set by each of our connections.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { OperationalError } from '../../../src/errors.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { InsertConnection } from '../../../src/store/insert-connection.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { newCoupon, silent } from '../../support/coupon-stores.ts';
import { freshDatabase, type Scope, startMysql } from '../../support/servers.ts';

const NAMES = ['🎉 50% 할인 쿠폰', '선착순 한정 👩‍👩‍👧‍👦', '中文 ü é ß'];
const CHARSETS = [
  ['--character-set-server=latin1', '--skip-character-set-client-handshake'],
  ['--character-set-server=utf8mb3', '--skip-character-set-client-handshake', '--init-connect=SET NAMES utf8mb3'],
];
/** Each of them alone breaks something without our setting. */
const HOUSE_RULES = [
  '--autocommit=0',
  '--completion-type=CHAIN',
  '--default-time-zone=+09:00',
  '--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES',
  '--loose-max-statement-time=0.2',
  '--loose-max-execution-time=200',
  '--init-connect=SET sql_select_limit=2, sql_safe_updates=1, unique_checks=0, max_join_size=1',
];

for (const settings of CHARSETS) {
  test(`names survive byte for byte on a server with ${settings.join(' ')}`, async (t) => {
    const { mysqlUrl } = await startMysql(t, { settings });
    await limitedUser(mysqlUrl);
    const url = asLimited(mysqlUrl);
    await migrate(url, silent);
    const database = openDatabase(url, { connections: 2, timeoutMs: 5000 });
    const inserts = new InsertConnection({ mysqlUrl: url, timeoutMs: 5000 });
    t.after(async () => {
      inserts.close();
      await database.close();
    });
    for (const name of NAMES) {
      const couponId = await newCoupon(database, 10, { name });
      const runs = [{ firstSequence: 1, issuedAtMs: 1_700_000_000_000, users: '7' }];
      assert.equal((await inserts.write({ couponId, epoch: 0, runs })).kind, 'written');
      const sql = 'SELECT name, HEX(name) AS bytes FROM user_coupon WHERE coupon_id = ?';
      const expected = [{ name, bytes: Buffer.from(name).toString('hex').toUpperCase() }];
      assert.deepEqual(await database.query(sql, [couponId]), expected);
    }
  });
}

test('statements are what they are, whatever the defaults of the server', async (t) => {
  const { mysqlUrl } = await startMysql(t, { settings: HOUSE_RULES });
  // With this from the beginning it does not start: it has users to create.
  await limitedUser(mysqlUrl, 'SET GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY');
  const url = asLimited(mysqlUrl);
  await migrate(url, silent);
  const database = openDatabase(url, { connections: 2, timeoutMs: 5000 });
  const inserts = new InsertConnection({ mysqlUrl: url, timeoutMs: 5000 });
  t.after(async () => {
    inserts.close();
    await database.close();
  });
  const couponId = await newCoupon(database, 10);
  const runs = [{ firstSequence: 1, issuedAtMs: 1_700_000_000_000, users: '7,8,9,10,11' }];
  assert.deepEqual(await inserts.write({ couponId, epoch: 0, runs }), {
    kind: 'written',
    inserted: 5,
    duplicates: 0,
    refused: [],
  });
  const users = await database.query<{ user: number }>('SELECT user_id AS user FROM user_coupon ORDER BY user_id');
  assert.deepEqual(
    users.map(({ user }) => user),
    [7, 8, 9, 10, 11],
    'no list is cut short',
  );
  assert.deepEqual(await database.query(`SELECT "a\\'b" AS text`), [{ text: "a'b" }], 'quotes and escapes');
  assert.equal((await database.execute("UPDATE coupon SET name = 'all'")).affectedRows, 1, 'without a key');
  await database.query('SELECT SLEEP(0.4), COUNT(*) FROM user_coupon a JOIN user_coupon b');
  const [clock] = await database.query<{ now: Date }>('SELECT NOW(3) AS now');
  assert.ok(Math.abs((clock?.now.getTime() ?? 0) - Date.now()) < 60_000, 'UTC');
  // One statement by itself is over when it is answered: it keeps no lock, and others see it.
  const outside = await mysql.createConnection(mysqlUrl);
  t.after(async () => outside.destroy());
  const [open] = await outside.query<RowDataPacket[]>('SELECT COUNT(*) AS n FROM information_schema.innodb_trx');
  assert.equal(open[0]?.n, 0, 'open transactions');
});

for (const [setting, other] of [
  ['autocommit = 1', 'autocommit = 0'],
  ['wait_timeout = 5', 'wait_timeout = 9'],
  ['NAMES utf8mb4 COLLATE utf8mb4_general_ci', 'NAMES latin1  COLLATE latin1_general_ci '],
  ['READ COMMITTED, READ WRITE', 'SERIALIZABLE  , READ WRITE'],
] as const) {
  test(`a connection on which "${setting}" is not in force is refused with one sentence`, async (t) => {
    const url = new URL(await freshDatabase(t));
    url.port = String(await rewritingProxy(t, Number(url.port), setting, other));
    const database = openDatabase(url.href, { connections: 1, timeoutMs: 5000 });
    t.after(() => database.close());
    const inserts = new InsertConnection({ mysqlUrl: url.href, timeoutMs: 5000 });
    t.after(async () => inserts.close());
    await assert.rejects(
      database.query('SELECT 1'),
      (error) =>
        error instanceof OperationalError &&
        error.code === 'SESSION_NOT_AS_SET' &&
        /^the session's \w+ was set to "[^"]+", but it is "[^"]+": /.test(error.message),
    );
    const outcome = await inserts.write({ couponId: 1, epoch: 0, runs: [] });
    assert.deepEqual(outcome.kind === 'transient' && outcome.code, 'SESSION_NOT_AS_SET');
    await assert.rejects(migrate(url.href, silent), { code: 'SESSION_NOT_AS_SET' });
  });
}

/** What a proxy between us and MySQL makes of SET statements. @returns its port */
async function rewritingProxy(t: Scope, targetPort: number, from: string, to: string): Promise<number> {
  assert.equal(from.length, to.length, 'the length of a packet stays');
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    sockets.push(client, target);
    for (const socket of [client, target]) socket.on('error', () => {});
    client.on('data', (chunk) => target.write(chunk.toString('latin1').replace(from, to), 'latin1'));
    target.on('data', (chunk) => client.write(chunk));
    client.on('close', () => target.destroy());
    target.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

/** One who has no rights beyond the database: init-connect is for those. */
async function limitedUser(mysqlUrl: string, ...andThen: string[]): Promise<void> {
  const connection = await mysql.createConnection(mysqlUrl);
  try {
    // The server's defaults hold for this connection, too.
    await connection.query('SET autocommit = 1');
    await connection.query("CREATE USER limited IDENTIFIED BY 'limited'");
    await connection.query('GRANT ALL ON couponrush.* TO limited');
    for (const sql of andThen) await connection.query(sql);
  } finally {
    await connection.end();
  }
}

function asLimited(mysqlUrl: string): string {
  const url = new URL(mysqlUrl);
  url.username = 'limited';
  url.password = 'limited';
  return url.href;
}
