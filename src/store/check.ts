// Whether a MySQL or MariaDB can be used, asked once before anything relies on it: it answers, it lets us in, it is new
// enough, it can be written to, and it has connections enough. Changes nothing in it.
import { type Connection, createConnection } from 'mysql2/promise';
import { describeConnectionFailure } from '../connection-failures.ts';
import { type StoreAddress, type Trouble, UnusableStore } from '../unusable-store.ts';
import { userIdType } from '../user-id.ts';
import { connectionOptions, databaseName } from './connection.ts';
import { withDeadline } from './deadline.ts';
import { describeRefusal } from './refusals.ts';
import { readServerVersion } from './server-version.ts';
import { describeOtherType, readUserIdType } from './user-id-type.ts';

export interface MysqlUse {
  /** Connections that it may open. */
  readonly connections: number;
  /**
   * `read`: what is there is read, also from a read-only server. `write`: rows are written, and this user may have to
   * create the schema first. `write-as-granted`: the user of MYSQL_MIGRATION_URL does that, and grants this one its
   * rights.
   */
  readonly access: 'read' | 'write' | 'write-as-granted';
  /** Also a database whose user ids are of another type than those of this process. */
  readonly anyUserIds?: boolean;
}

const ANSWER_WITHIN_MS = 3000;
const BAD_DATABASE = 1049;
const NO_SUCH_TABLE = 1146;
const READ_ONLY = 1290;
const DENIED = [1044, 1142, 1143];

/** Changes nothing, and is refused by a server that is read-only for this user. */
const writeProbe = (database: string) => `UPDATE ${tableIn(database)} SET version = version WHERE FALSE`;
const readProbe = (database: string) => `SELECT id FROM ${tableIn(database)} WHERE FALSE`;
const quoted = (database: string) => `\`${database.replaceAll('`', '``')}\``;
const tableIn = (database: string) => `${quoted(database)}.coupon`;

/** @throws UnusableStore */
export async function checkMysql(url: string, use: MysqlUse): Promise<void> {
  const address: StoreAddress = { store: 'MySQL', variable: 'MYSQL_URL', url };
  if (databaseName(url) === '') {
    const reason = 'is named without a database: add it to MYSQL_URL as the path, mysql://…/couponrush';
    throw new UnusableStore(address, null, { reason, curable: false });
  }
  await withConnection(address, async (connection, asked) => {
    const refuse = (reason: string, curable = false) => {
      throw new UnusableStore(address, asked.version, { reason, curable });
    };
    const server = await readServer(connection);
    const { name, tooOld } = readServerVersion(server.version);
    asked.version = name;
    if (tooOld) refuse(tooOld);
    const places = Math.min(server.maxConnections, server.maxUserConnections || server.maxConnections);
    if (places < use.connections) {
      refuse(
        `allows ${places} connections (max_connections, max_user_connections), and this server ` +
          `may open ${use.connections}: raise them, or lower WORKERS or COUPONRUSH_READ_CONNECTIONS`,
      );
    }
    await tryAccess(connection, address, use, server.readOnly);
    const otherType = describeOtherType(await readUserIdType(connection, quoted(databaseName(url))), userIdType);
    if (otherType !== null && !use.anyUserIds) refuse(otherType);
  });
}

/** At a start: the schema may still have to be made. @throws UnusableStore */
export async function checkMysqlForStart(
  stores: { readonly mysqlUrl: string; readonly mysqlMigrationUrl: string | null },
  { connections }: Pick<MysqlUse, 'connections'>,
): Promise<void> {
  if (stores.mysqlMigrationUrl !== null) await checkMigrationUser(stores.mysqlMigrationUrl);
  const access = stores.mysqlMigrationUrl === null ? 'write' : 'write-as-granted';
  await checkMysql(stores.mysqlUrl, { connections, access });
}

/** Only whether it lets this user in: what it may do shows when it migrates. @throws UnusableStore */
function checkMigrationUser(url: string): Promise<void> {
  return withConnection({ store: 'MySQL', variable: 'MYSQL_MIGRATION_URL', url }, async () => {});
}

/** Without the database: it may not be there yet, and before its first grant the user may not choose it. */
async function withConnection(
  address: StoreAddress,
  work: (connection: Connection, asked: { version: string | null }) => Promise<void>,
): Promise<void> {
  const asked: { version: string | null } = { version: null };
  let connection: Connection | undefined;
  try {
    const { database: _, ...options } = connectionOptions(address.url, ANSWER_WITHIN_MS);
    connection = await createConnection(options);
    connection.on('error', () => {});
    await work(connection, asked);
  } catch (error) {
    if (error instanceof UnusableStore) throw error;
    throw new UnusableStore(address, asked.version, explain(address, error), error);
  } finally {
    connection?.destroy();
  }
}

interface Server {
  readonly version: string;
  readonly maxConnections: number;
  /** 0: no limit. */
  readonly maxUserConnections: number;
  readonly readOnly: boolean;
}

async function readServer(connection: Connection): Promise<Server> {
  const rows = await query(
    connection,
    `SELECT VERSION() AS version, @@GLOBAL.max_connections AS connections, @@SESSION.max_user_connections AS mine,
            @@GLOBAL.read_only AS readOnly`,
  );
  const [row] = rows as { version: string; connections: number; mine: number; readOnly: number }[];
  return {
    version: row?.version ?? '',
    maxConnections: Number(row?.connections),
    maxUserConnections: Number(row?.mine),
    readOnly: Number(row?.readOnly) === 1,
  };
}

async function tryAccess(
  connection: Connection,
  address: StoreAddress,
  { access }: MysqlUse,
  readOnly: boolean,
): Promise<void> {
  const probe = access === 'read' ? readProbe : writeProbe;
  try {
    await query(connection, probe(databaseName(address.url)));
  } catch (error) {
    const { errno = 0 } = error as { errno?: number };
    if (access === 'read') throw error;
    const missing = errno === BAD_DATABASE || errno === NO_SUCH_TABLE;
    if (missing && readOnly) throw Object.assign(new Error('read_only is set', { cause: error }), { errno: READ_ONLY });
    const granted = access === 'write-as-granted' && DENIED.includes(errno);
    if (!missing && !granted) throw error;
  }
}

async function query(connection: Connection, sql: string): Promise<unknown> {
  const [result] = await withDeadline(connection.query(sql), ANSWER_WITHIN_MS, 'QUERY_TIMEOUT', () =>
    connection.destroy(),
  );
  return result;
}

function explain(address: StoreAddress, error: unknown): Trouble {
  const { errno, message } = error as { errno?: number; message?: string };
  if (errno === NO_SUCH_TABLE) {
    const reason =
      `has no tables of couponrush in database "${databaseName(address.url)}": ` +
      `start the server once, or run \`couponrush migrate\``;
    return { reason, curable: false };
  }
  return (
    describeRefusal(address, error) ??
    describeConnectionFailure(address, error) ?? { reason: `can't be used: ${message ?? String(error)}`, curable: true }
  );
}
