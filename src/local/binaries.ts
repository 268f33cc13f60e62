// Finds the programs of Redis and MySQL: on this machine, else installed by apt, else in Docker.
// Promise: what is returned was asked for its version, or its image is there. Otherwise one error that says what to
// install. Nothing is downloaded without a line to `progress` that says so.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dockerAnswers, dockerMysql, dockerRedis } from './docker.ts';
import { installWithApt } from './packages.ts';
import { isRecent, type MysqlFlavour, type MysqlProgram, type Program, type Programs, type Wanted } from './program.ts';
import { readOutput } from './run-program.ts';

/** Older ones lack what we rely on: flags in the header of a Lua script; CHECK constraints tested by us. */
const OLDEST = { redis: [7, 0], mariadb: [10, 11], mysql: [8, 0] } as const;
const VERSION_WITHIN_MS = 10_000;

/** Where package managers put servers that are not on everybody's PATH. */
const FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/libexec',
  '/usr/local/mysql/bin',
  '/opt/homebrew/bin',
  '/home/linuxbrew/.linuxbrew/bin',
  ...['mariadb', 'mysql', 'mysql@8.4', 'mysql@8.0'].flatMap((formula) => [
    `/opt/homebrew/opt/${formula}/bin`,
    `/usr/local/opt/${formula}/bin`,
  ]),
];

/** Paths of programs of this name: what the shell finds first. */
async function places(name: string): Promise<string[]> {
  const found = (await readOutput('sh', ['-c', 'command -v "$0"', name], VERSION_WITHIN_MS))?.trim();
  const elsewhere = FOLDERS.map((folder) => join(folder, name)).filter((path) => existsSync(path));
  return [...new Set(found ? [found, ...elsewhere] : elsewhere)];
}

function onThisMachine(file: string): Program {
  return {
    place: (folder, port) => ({ folder, port, address: '127.0.0.1' }),
    launch: (args) => ({ file, args }),
    clear: async () => {},
  };
}

async function findRedis(): Promise<Program | null> {
  for (const file of await places('redis-server')) {
    const version = /v=(\S+)/.exec((await readOutput(file, ['--version'], VERSION_WITHIN_MS)) ?? '')?.[1] ?? '';
    if (isRecent(version, OLDEST.redis)) return onThisMachine(file);
  }
  return null;
}

/** The program that creates MariaDB's data; null if it, or the one that it calls, is missing. */
async function findInstallDb(server: string): Promise<string | null> {
  const name = 'mariadb-install-db';
  const beside = join(dirname(server), name);
  if ((await places('my_print_defaults')).length === 0) return null;
  return existsSync(beside) ? beside : ((await places(name))[0] ?? null);
}

async function findMysql(wanted: MysqlFlavour | null): Promise<MysqlProgram | null> {
  for (const file of [...(await places('mariadbd')), ...(await places('mysqld'))]) {
    const version = /Ver (\S+)/.exec((await readOutput(file, ['--version'], VERSION_WITHIN_MS)) ?? '')?.[1] ?? '';
    const flavour = /mariadb/i.test(version) ? 'mariadb' : 'mysql';
    if (!isRecent(version, OLDEST[flavour]) || (wanted !== null && wanted !== flavour)) continue;
    const installDb = flavour === 'mariadb' ? await findInstallDb(file) : null;
    if (flavour === 'mysql' || installDb !== null) return { ...onThisMachine(file), flavour, installDb };
  }
  return null;
}

const HOW_TO_INSTALL = `install them, and start again:
  Debian 12, Ubuntu 24.04 or later:  sudo apt-get install redis-server mariadb-server-core mariadb-client-core
  macOS:                             brew install redis mariadb
  or start Docker:                   docker info   (must answer)
or point REDIS_URL and MYSQL_URL at servers that you have`;

/** @throws Error that says what is missing and how to install it */
export async function findPrograms(wanted: Wanted): Promise<Programs> {
  let redis: Program | null = null;
  let mysql: MysqlProgram | null = null;
  const look = async (): Promise<boolean> => {
    if (wanted.redis) redis ??= await findRedis();
    if (wanted.mysql) mysql ??= await findMysql(wanted.flavour);
    return (redis !== null || !wanted.redis) && (mysql !== null || !wanted.mysql);
  };
  const notes: string[] = [];
  if (wanted.mode !== 'docker' && !(await look())) {
    const missing = { redis: wanted.redis && redis === null, mysql: wanted.mysql && mysql === null };
    const failure = await installWithApt(missing, OLDEST, wanted);
    if (failure === null) await look();
    else notes.push(failure);
  }
  const lacksRedis = wanted.redis && redis === null;
  const lacksMysql = wanted.mysql && mysql === null;
  if ((lacksRedis || lacksMysql) && wanted.mode !== 'binaries') {
    if (wanted.flavour === 'mariadb' && lacksMysql) notes.push('the data that are there need MariaDB');
    else if (await dockerAnswers()) {
      if (lacksRedis) redis = await dockerRedis(wanted.progress);
      if (lacksMysql) mysql = await dockerMysql(wanted.progress);
      return { redis, mysql };
    } else notes.push('no Docker daemon answers');
  }
  if (lacksRedis || lacksMysql) {
    const names = [lacksRedis ? 'redis-server 7.0' : '', lacksMysql ? 'mariadbd 10.11 or mysqld 8.0' : ''];
    const what = names.filter((name) => name !== '').join(' and ');
    const why = notes.length > 0 ? ` (${notes.join('; ')})` : '';
    throw new Error(`${what} or later not found${why}: ${HOW_TO_INSTALL}`);
  }
  return { redis, mysql };
}
