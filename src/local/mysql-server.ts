// Our own MariaDB or MySQL: creating its data, its settings, and how it is launched in a folder.
// Promise: a committed row survives a kill -9 and a power loss. No file outside the folder is read or written
// (`--no-defaults`), apart from temporary tables.
// A crash while the data are being created leaves `data.new`, which the next start deletes.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepPassword } from './password.ts';
import { isMysqlReady } from './probes.ts';
import type { MysqlProgram } from './program.ts';
import { runToEnd } from './run-program.ts';
import type { ServerSpec } from './server-process.ts';

const READY_WITHIN_MS = 120_000;
const CREATE_WITHIN_MS = 120_000;
const DATABASE = 'couponrush';
const APP_USER = 'couponrush_app';
export const MYSQL_PID_FILE = 'mysql.pid';

const SAFE_SETTINGS = [
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-buffer-pool-size=256M',
  // Each server knows one of these two.
  '--loose-innodb-log-file-size=256M',
  '--loose-innodb-redo-log-capacity=256M',
  // No replica reads it, and the redo log alone makes a commit durable.
  '--skip-log-bin',
  '--character-set-server=utf8mb4',
  '--default-time-zone=+00:00',
  // 64 HTTP workers, the most there can be, open 203: see src/store/connection-budget.ts.
  '--max-connections=250',
  '--skip-name-resolve',
  '--max-allowed-packet=64M',
  '--performance-schema=OFF',
  '--loose-mysqlx=OFF',
];

/** Kept in the folder, readable by its owner only. */
export interface MysqlData {
  /** Of the user `couponrush`, who owns the database: for migrations, and for anyone who inspects it. */
  readonly password: string;
  /** Of the user `couponrush_app`, as whom couponrush runs, with the rights of src/store/rights.ts. */
  readonly appPassword: string;
}

/**
 * Without these the server does not even start. As root it needs to be given its user, and MySQL needs the folder for
 * files of its package, which we don't have.
 */
function permissions(flavour: string): string[] {
  return [
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    ...(flavour === 'mysql' ? ['--secure-file-priv=NULL'] : []),
  ];
}

/** Which program made the data: the other one can't read them. Null before there are any. */
export function flavourOfData(folder: string): string | null {
  const path = join(folder, 'flavour');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

async function createData(program: MysqlProgram, folder: string): Promise<void> {
  const draft = join(folder, 'data.new');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const seen = join(program.place(folder, 0).folder, 'data.new');
  const create =
    program.installDb === null
      ? program.launch(
          ['--no-defaults', '--initialize-insecure', `--datadir=${seen}`, ...permissions(program.flavour)],
          folder,
          null,
        )
      : {
          file: program.installDb,
          // Small logs while creating: the server makes its own size of them at its first start.
          args: [
            '--no-defaults',
            `--datadir=${seen}`,
            '--innodb-log-file-size=16M',
            '--auth-root-authentication-method=socket',
            '--skip-name-resolve',
            '--skip-test-db',
            ...permissions(program.flavour),
          ],
        };
  await runToEnd(create, join(folder, 'create.log'), CREATE_WITHIN_MS);
  writeFileSync(join(folder, 'flavour'), `${program.flavour}\n`);
  renameSync(draft, join(folder, 'data'));
}

/** Creates the server's data unless they are there. Takes half a second with MariaDB, several with MySQL. */
export async function ensureMysqlData(program: MysqlProgram, folder: string): Promise<MysqlData> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const madeBy = flavourOfData(folder);
  const exists = existsSync(join(folder, 'data'));
  if (exists && madeBy !== program.flavour) {
    throw new Error(
      `the data in ${folder} were made by ${madeBy}, and the server found ` +
        `here is ${program.flavour}: install ${madeBy}, or move that folder away`,
    );
  }
  if (!exists) await createData(program, folder);
  return { password: keepPassword(folder, 'password'), appPassword: keepPassword(folder, 'app-password') };
}

/** SQL that the server runs at each start: one statement a line. */
function initSql(flavour: string, { password, appPassword }: MysqlData, everyDatabase: boolean): string {
  const user = (name: string, itsPassword: string) => [
    `CREATE USER IF NOT EXISTS '${name}'@'%' IDENTIFIED BY '${itsPassword}';`,
    `ALTER USER '${name}'@'%' IDENTIFIED BY '${itsPassword}';`,
  ];
  const lines = [
    `CREATE DATABASE IF NOT EXISTS ${DATABASE} CHARACTER SET utf8mb4;`,
    ...user(DATABASE, password),
    `GRANT ALL ON ${everyDatabase ? '*' : DATABASE}.* TO '${DATABASE}'@'%' WITH GRANT OPTION;`,
    // Its rights come with the schema.
    ...user(APP_USER, appPassword),
  ];
  // MariaDB's root is the system user on the socket; MySQL's has no password yet.
  if (flavour === 'mysql') lines.push(`ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';`);
  return `${lines.join('\n')}\n`;
}

export interface MysqlOptions {
  /** Options of mysqld after ours, so that they win. */
  readonly settings?: readonly string[];
  /** The user `couponrush` may do everything, not only in its own database: for tests. */
  readonly everyDatabase?: boolean;
}

/** Says how to run the server on data that ensureMysqlData made. */
export function mysqlServer(
  program: MysqlProgram,
  folder: string,
  port: number,
  data: MysqlData,
  options: MysqlOptions = {},
): ServerSpec {
  const place = program.place(folder, port);
  const init = initSql(program.flavour, data, options.everyDatabase ?? false);
  writeFileSync(join(folder, 'init.sql'), init, { mode: 0o600 });
  const args = [
    '--no-defaults',
    `--datadir=${join(place.folder, 'data')}`,
    `--bind-address=${place.address}`,
    `--port=${place.port}`,
    // Relative to datadir, where the server goes first: an absolute one may exceed the 107 bytes of a socket's path.
    '--socket=mysql.sock',
    `--pid-file=${join(place.folder, MYSQL_PID_FILE)}`,
    `--init-file=${join(place.folder, 'init.sql')}`,
    ...permissions(program.flavour),
    ...SAFE_SETTINGS,
    ...(options.settings ?? []),
  ];
  return {
    name: program.flavour === 'mariadb' ? 'mariadbd' : 'mysqld',
    launch: program.launch(args, folder, port),
    logFile: join(folder, 'mysql.log'),
    readyWithinMs: READY_WITHIN_MS,
    prepare: async () => {
      // MySQL refuses to start while the pid in a leftover lock belongs to any process.
      for (const name of ['mysql.sock', 'mysql.sock.lock']) rmSync(join(folder, 'data', name), { force: true });
      rmSync(join(folder, MYSQL_PID_FILE), { force: true });
      await program.clear(folder);
    },
    isReady: () => isMysqlReady(port),
  };
}

/** With the password: not for logs. */
export function mysqlUrlFor(port: number, { appPassword }: Pick<MysqlData, 'appPassword'>): string {
  return `mysql://${APP_USER}:${appPassword}@127.0.0.1:${port}/${DATABASE}`;
}

/** The same database as its owner. */
export function mysqlOwnerUrlFor(port: number, { password }: Pick<MysqlData, 'password'>): string {
  return `mysql://${DATABASE}:${password}@127.0.0.1:${port}/${DATABASE}`;
}
