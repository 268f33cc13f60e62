// One statement by a connection of its own.
import mysql from 'mysql2/promise';

export async function query<Row>(url: string, sql: string, params: readonly (string | number)[] = []): Promise<Row[]> {
  const connection = await mysql.createConnection(url);
  try {
    const [rows] = await connection.query(sql, [...params]);
    return rows as Row[];
  } finally {
    await connection.end();
  }
}
