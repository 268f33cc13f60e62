// The attempts' tables: a coupon with its stock, and the coupons of users. No unique key: what an attempt issues twice,
// or too often, is to be seen.
import { type Connection, createConnection } from 'mysql2/promise';
import { connectionOptions } from '../../src/store/connection.ts';

const TIMEOUT_MS = 10_000;

export interface StoredCoupons {
  /** What the coupon's row says is left. */
  readonly stockLeft: number;
  readonly users: readonly number[];
}

export async function withTables<T>(mysqlUrl: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection(connectionOptions(mysqlUrl, TIMEOUT_MS));
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

export async function createTables(mysqlUrl: string): Promise<void> {
  await withTables(mysqlUrl, async (connection) => {
    await connection.query('CREATE TABLE attempt_coupon (id BIGINT PRIMARY KEY, stock BIGINT NOT NULL) ENGINE=InnoDB');
    await connection.query(
      `CREATE TABLE attempt_user_coupon (id BIGINT AUTO_INCREMENT PRIMARY KEY, coupon_id BIGINT NOT NULL,
        user_id BIGINT NOT NULL, issued_at DATETIME(3) NOT NULL, KEY (coupon_id, user_id)) ENGINE=InnoDB`,
    );
  });
}

export async function addCoupon(mysqlUrl: string, couponId: number, stock: number): Promise<void> {
  await withTables(mysqlUrl, (connection) =>
    connection.query('INSERT INTO attempt_coupon (id, stock) VALUES (?, ?)', [couponId, stock]),
  );
}

export async function readCoupon(mysqlUrl: string, couponId: number): Promise<StoredCoupons> {
  return withTables(mysqlUrl, async (connection) => {
    const [[coupon]] = (await connection.query('SELECT stock FROM attempt_coupon WHERE id = ?', [
      couponId,
    ])) as unknown as [{ stock: number }[]];
    const [rows] = (await connection.query('SELECT user_id AS user FROM attempt_user_coupon WHERE coupon_id = ?', [
      couponId,
    ])) as unknown as [{ user: number }[]];
    return { stockLeft: coupon?.stock ?? 0, users: rows.map(({ user }) => user) };
  });
}
