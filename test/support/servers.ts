// Real servers for tests: a Redis of one's own, a schema in the run's MySQL, a MySQL of one's own.
// Promise: all is released by `t.after`, and killed with the test process if that is killed. Node runs these hooks in
// the order in which they were registered: clients that are closed later find their server gone, and must bear it.
import './held-open.ts';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import { loadConfig } from '../../src/config.ts';
import { findPrograms } from '../../src/local/binaries.ts';
import { ensureMysqlData, mysqlOwnerUrlFor, mysqlServer } from '../../src/local/mysql-server.ts';
import type { MysqlProgram, Program } from '../../src/local/program.ts';
import { redisServer } from '../../src/local/redis-server.ts';
import { ServerProcess, type ServerSpec } from '../../src/local/server-process.ts';
import { createLogger } from '../../src/log.ts';
import { writeAppPassword } from './app-user.ts';
import { testFolder } from './folder.ts';
import { freePort } from './free-port.ts';

/** A TestContext, or anything else that runs a function when the test is over. */
export interface Scope {
  after(release: () => Promise<void>): void;
}

/** What a fault test does to a server. */
export interface ServerControl {
  readonly port: number;
  /** SIGKILL, as a crash; resolves when the process has ended. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing is answered. */
  freeze(): Promise<void>;
  /** SIGCONT */
  resume(): Promise<void>;
  /** SIGTERM: an orderly end. */
  stop(): Promise<void>;
}

export interface TestRedis extends ServerControl {
  readonly url: string;
  /** Its data. */
  readonly folder: string;
  /** Runs one command, as redis-cli does. */
  cli(...command: (string | number)[]): Promise<unknown>;
  /** Ends the server if it runs (SIGKILL), and starts it on the same port. */
  restart(options?: RedisRestart): Promise<void>;
}

export interface RedisOptions {
  /** Directives of redis.conf that replace those of src/local/redis-server.ts: `{ appendfsync: 'everysec' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A command in front of the server that becomes it, as exec does: `['env', 'LD_PRELOAD=...']`. */
  readonly through?: readonly string[];
  /** Where its data go, instead of a folder of its own. Must be empty. */
  readonly folder?: string;
}

export interface RedisRestart extends RedisOptions {
  /** Without the data: Redis lost everything. */
  readonly empty?: boolean;
}

export interface TestMysql extends ServerControl {
  readonly mysqlUrl: string;
  /** Ends the server if it runs (SIGKILL), and starts it on the same port and data. */
  restart(options?: MysqlOptions): Promise<void>;
}

export interface MysqlOptions {
  /** Options of mysqld that replace those of src/local/mysql-server.ts: `['--max-connections=5']`. */
  readonly settings?: readonly string[];
  /** Where its data go, instead of a folder of its own. Must be empty. */
  readonly folder?: string;
}

/** Set by bin/test.mjs for the whole run: a shared MySQL, and a folder for what is made once. */
const RUN_MYSQL_URL = process.env.TEST_MYSQL_URL;
const RUN_DIR = process.env.TEST_RUN_DIR;
const STOP_WITHIN_MS = 10_000;
/** Half a dozen servers at once must fit into a small machine. */
const SMALL_MYSQL = [
  '--innodb-buffer-pool-size=64M',
  '--loose-innodb-log-file-size=32M',
  '--loose-innodb-redo-log-capacity=32M',
];

const log = createLogger('test', 'silent');

const findOnce = new Map<string, Promise<Program | null>>();
function find(name: 'redis' | 'mysql'): Promise<Program | null> {
  const search = findOnce.get(name) ?? searchFor(name);
  findOnce.set(name, search);
  return search;
}

async function searchFor(name: 'redis' | 'mysql'): Promise<Program | null> {
  const found = await findPrograms({
    redis: name === 'redis',
    mysql: name === 'mysql',
    flavour: null,
    mode: loadConfig().localServers,
    logDir: RUN_DIR ?? tmpdir(),
    progress: (line) => console.error(line),
  });
  return found[name];
}

class Controlled {
  #server: ServerProcess | null = null;

  async start(spec: ServerSpec): Promise<void> {
    await this.kill();
    const server = new ServerProcess(spec, { restart: false, ifOrphaned: 'SIGKILL' }, log);
    await server.start();
    this.#server = server;
  }
  async kill(): Promise<void> {
    await this.#server?.stop(0);
  }
  async freeze(): Promise<void> {
    await this.#server?.signal('SIGSTOP');
  }
  async resume(): Promise<void> {
    await this.#server?.signal('SIGCONT');
  }
  async stop(): Promise<void> {
    await this.#server?.stop(STOP_WITHIN_MS);
  }
}

function control(server: Controlled, port: number): ServerControl {
  return {
    port,
    kill: () => server.kill(),
    freeze: () => server.freeze(),
    resume: () => server.resume(),
    stop: () => server.stop(),
  };
}

async function runRedisCommand(url: string, command: (string | number)[]): Promise<unknown> {
  const redis = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0, connectTimeout: 2000 });
  redis.on('error', () => {});
  try {
    const [name, ...rest] = command;
    return await redis.call(String(name), ...rest);
  } finally {
    redis.disconnect();
  }
}

function behind(spec: ServerSpec, [file, ...args]: readonly string[]): ServerSpec {
  if (file === undefined) return spec;
  return { ...spec, launch: { ...spec.launch, file, args: [...args, spec.launch.file, ...spec.launch.args] } };
}

/** A redis-server of this test alone, empty, with the durable settings of our own Redis unless set otherwise. */
export async function startRedis(t: Scope, options: RedisOptions = {}): Promise<TestRedis> {
  const program = (await find('redis')) as Program;
  const folder = options.folder ?? testFolder('redis');
  const port = await freePort();
  const server = new Controlled();
  t.after(async () => {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  let settings = options.settings;
  const start = (): Promise<void> => {
    writeAppPassword(folder);
    return server.start(behind(redisServer(program, folder, port, settings), options.through ?? []));
  };
  await start();
  const url = `redis://127.0.0.1:${port}`;
  return {
    ...control(server, port),
    url,
    folder,
    cli: (...command) => runRedisCommand(url, command),
    async restart({ empty = false, settings: changed } = {}) {
      await server.kill();
      if (empty) for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
      settings = changed ?? settings;
      await start();
    },
  };
}

/** Data of a new MySQL: made once in a run (seconds with MySQL), copied for each server. */
async function newMysqlData(
  program: MysqlProgram,
  folder: string,
): Promise<Awaited<ReturnType<typeof ensureMysqlData>>> {
  if (RUN_DIR !== undefined) {
    const template = join(RUN_DIR, 'mysql-template');
    if (!existsSync(template)) await ensureMysqlData(program, template);
    cpSync(template, folder, { recursive: true });
  }
  writeAppPassword(folder);
  return ensureMysqlData(program, folder);
}

/** A MariaDB or MySQL of this test alone, with an empty database; its user may do everything. */
export async function startMysql(t: Scope, options: MysqlOptions = {}): Promise<TestMysql> {
  const program = (await find('mysql')) as MysqlProgram;
  const folder = options.folder ?? testFolder('mysql');
  const port = await freePort();
  const server = new Controlled();
  t.after(async () => {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const data = await newMysqlData(program, folder);
  let settings = options.settings ?? [];
  const start = (): Promise<void> =>
    server.start(
      mysqlServer(program, folder, port, data, { settings: [...SMALL_MYSQL, ...settings], everyDatabase: true }),
    );
  await start();
  return {
    ...control(server, port),
    mysqlUrl: mysqlOwnerUrlFor(port, data),
    async restart({ settings: changed } = {}) {
      settings = changed ?? settings;
      await start();
    },
  };
}

/** A new, empty schema in the run's MySQL, dropped afterwards. Outside `npm test`, in a MySQL started for it. */
export async function freshDatabase(t: Scope): Promise<string> {
  const serverUrl = RUN_MYSQL_URL ?? (await startMysql(t)).mysqlUrl;
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const run = async (sql: string): Promise<void> => {
    const connection = await mysql.createConnection(serverUrl);
    await connection.query(sql);
    await connection.end();
  };
  await run(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  if (RUN_MYSQL_URL !== undefined) t.after(() => run(`DROP DATABASE ${name}`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
