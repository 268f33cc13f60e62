// The Redis and MySQL of a developer's machine, in one data folder: started together, watched, stopped together.
// Promise: one owner for a folder (data-lock.ts); the same ports at the next start, if free; all data durable; a server
// that dies is started again on its port with its data. Started is started: either both answer, or none is left
// running.
// A crash of the owner leaves the folder as after a power loss, which both servers recover from at the next start.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Logger } from '../log.ts';
import { findPrograms } from './binaries.ts';
import { type DataLock, lockDataFolder } from './data-lock.ts';
import { stopLeftovers } from './leftovers.ts';
import {
  ensureMysqlData,
  flavourOfData,
  MYSQL_PID_FILE,
  mysqlOwnerUrlFor,
  mysqlServer,
  mysqlUrlFor,
} from './mysql-server.ts';
import { findFreePort, isPortFree } from './ports.ts';
import type { LocalServersMode, MysqlFlavour, MysqlProgram, Program } from './program.ts';
import { REDIS_PID_FILE, redisServer, redisUrlFor } from './redis-server.ts';
import { ServerProcess } from './server-process.ts';

/**
 * Longer than either takes with a full buffer pool on a slow disk. A SIGKILL after it loses nothing: see both settings.
 */
const STOP_WITHIN_MS = 2500;
const PORT_ATTEMPTS_MAX = 3;

export interface LocalServersOptions {
  readonly dataDir: string;
  readonly log: Logger;
  /** A server that is there already: its URL is handed through, and none is started. */
  readonly redisUrl?: string | null;
  readonly mysqlUrl?: string | null;
  readonly mysqlMigrationUrl?: string | null;
  /** Default `auto`: programs on this machine, else apt-get, else Docker. */
  readonly mode?: LocalServersMode;
  /** Receives one line about each step that takes long: installing, downloading, creating data. */
  readonly progress?: (line: string) => void;
}

export interface LocalServers {
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  /** By the user that may change the schema. */
  readonly mysqlMigrationUrl: string | null;
  /** On 127.0.0.1; null if the URL was given. */
  readonly redisPort: number | null;
  readonly mysqlPort: number | null;
  /** A process that wants to start on the same data now waits for the end instead of giving up. */
  announceStop(): void;
  /** Resolves when both servers have ended and the folder is free. */
  stop(): Promise<void>;
}

interface Ports {
  readonly redis?: number;
  readonly mysql?: number;
}

const portsFile = (dataDir: string): string => join(dataDir, 'ports.json');

function readPorts(dataDir: string): Ports {
  try {
    return JSON.parse(readFileSync(portsFile(dataDir), 'utf8')) as Ports;
  } catch {
    return {};
  }
}

function keepPorts(dataDir: string, ports: Ports): void {
  const draft = `${portsFile(dataDir)}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(ports)}\n`);
  renameSync(draft, portsFile(dataDir));
}

/** Starts on the port of the last time. If another program holds or takes it, on a new one. */
async function startOnPort(
  remembered: number | undefined,
  create: (port: number) => ServerProcess,
): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const usable = attempt === 1 && remembered !== undefined && (await isPortFree(remembered));
    const port = usable ? remembered : await findFreePort();
    const server = create(port);
    try {
      await server.start();
      return { server, port };
    } catch (error) {
      if (attempt === PORT_ATTEMPTS_MAX || (await isPortFree(port))) throw error;
    }
  }
}

class Servers {
  readonly #dataDir: string;
  readonly #options: LocalServersOptions;
  readonly #started: ServerProcess[] = [];
  ports: Ports;
  redisUrl = '';
  mysqlUrl = '';
  mysqlMigrationUrl = '';

  constructor(dataDir: string, options: LocalServersOptions) {
    this.#dataDir = dataDir;
    this.#options = options;
    this.ports = readPorts(dataDir);
  }

  async startRedis(program: Program): Promise<void> {
    const folder = join(this.#dataDir, 'redis');
    const { server, port } = await startOnPort(this.ports.redis, (at) =>
      this.#supervised(redisServer(program, folder, at)),
    );
    this.#started.push(server);
    this.#keep({ redis: port });
    this.redisUrl = redisUrlFor(port, folder);
  }

  async startMysql(program: MysqlProgram): Promise<void> {
    const folder = join(this.#dataDir, 'mysql');
    if (!existsSync(join(folder, 'data')))
      this.#options.progress?.(`creating the ${program.flavour} data in ${folder} ...`);
    const data = await ensureMysqlData(program, folder);
    const { server, port } = await startOnPort(this.ports.mysql, (at) =>
      this.#supervised(mysqlServer(program, folder, at, data)),
    );
    this.#started.push(server);
    this.#keep({ mysql: port });
    this.mysqlUrl = mysqlUrlFor(port, data);
    this.mysqlMigrationUrl = mysqlOwnerUrlFor(port, data);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#started.map((server) => server.stop(STOP_WITHIN_MS)));
  }

  #supervised(spec: ConstructorParameters<typeof ServerProcess>[0]): ServerProcess {
    return new ServerProcess(spec, { restart: true, ifOrphaned: 'SIGTERM' }, this.#options.log);
  }

  #keep(port: Ports): void {
    this.ports = { ...this.ports, ...port };
    keepPorts(this.#dataDir, this.ports);
  }
}

async function startLocked(dataDir: string, options: LocalServersOptions, lock: DataLock): Promise<LocalServers> {
  const folders = { redis: join(dataDir, 'redis'), mysql: join(dataDir, 'mysql') };
  await stopLeftovers([
    { pidFile: join(folders.redis, REDIS_PID_FILE), folder: folders.redis },
    { pidFile: join(folders.mysql, MYSQL_PID_FILE), folder: folders.mysql },
  ]);
  const programs = await findPrograms({
    redis: !options.redisUrl,
    mysql: !options.mysqlUrl,
    flavour: flavourOfData(folders.mysql) as MysqlFlavour | null,
    mode: options.mode ?? 'auto',
    logDir: dataDir,
    progress: options.progress ?? ((line) => options.log.info(line)),
  });
  const servers = new Servers(dataDir, options);
  const results = await Promise.allSettled([
    programs.redis === null ? null : servers.startRedis(programs.redis),
    programs.mysql === null ? null : servers.startMysql(programs.mysql),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await servers.stop();
    throw failed.reason;
  }
  const redisPort = options.redisUrl ? null : (servers.ports.redis as number);
  const mysqlPort = options.mysqlUrl ? null : (servers.ports.mysql as number);
  let stopped: Promise<void> | null = null;
  return {
    redisUrl: options.redisUrl ?? servers.redisUrl,
    mysqlUrl: options.mysqlUrl ?? servers.mysqlUrl,
    mysqlMigrationUrl: options.mysqlUrl ? (options.mysqlMigrationUrl ?? null) : servers.mysqlMigrationUrl,
    redisPort,
    mysqlPort,
    announceStop: () => lock.announceStop(),
    stop() {
      lock.announceStop();
      stopped ??= servers.stop().then(() => lock.release());
      return stopped;
    },
  };
}

/**
 * Starts redis-server and MariaDB or MySQL on the data in `dataDir`, which is created if missing.
 * @throws DataFolderInUseError, or an Error whose message says what to do
 */
export async function startLocalServers(options: LocalServersOptions): Promise<LocalServers> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockDataFolder(dataDir);
  try {
    return await startLocked(dataDir, options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}
