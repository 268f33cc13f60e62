// Installs missing servers with apt-get, if that needs no one to answer: as root, or by a sudo that asks for no
// password.
// Promise: no system service is started or left to start at boot, and no question is asked.
// A kill -9 in the middle may leave /usr/sbin/policy-rc.d, which says in itself that it may be deleted.
import { join } from 'node:path';
import { isRecent, type MysqlFlavour, type Wanted } from './program.ts';
import { readOutput, runToEnd } from './run-program.ts';

const ASK_WITHIN_MS = 10_000;
const UPDATE_WITHIN_MS = 180_000;
const INSTALL_WITHIN_MS = 600_000;

interface MysqlPackages {
  readonly names: readonly [string, ...string[]];
  readonly flavour: MysqlFlavour;
}

/** These hold the server without making it a service. MariaDB's program that creates data needs one of its client. */
const MYSQL_PACKAGES: readonly MysqlPackages[] = [
  { names: ['mariadb-server-core', 'mariadb-client-core'], flavour: 'mariadb' },
  { names: ['mysql-server-core-8.4'], flavour: 'mysql' },
  { names: ['mysql-server-core-8.0'], flavour: 'mysql' },
  { names: ['mysql-server-core'], flavour: 'mysql' },
];

const INSTALL = `
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT INT TERM
  printf '#!/bin/sh\\n# Left by an interrupted installation for couponrush: may be deleted.\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
apt-get -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@"
if [ -d /run/systemd/system ]; then
  for service in redis-server prometheus prometheus-alertmanager; do
    case " $* " in *" $service "*) systemctl disable --now "$service" || true ;; esac
  done
fi
`;

async function asRoot(): Promise<string[] | null> {
  if (process.getuid?.() === 0) return ['env'];
  return (await readOutput('sudo', ['-n', 'true'], ASK_WITHIN_MS)) === null ? null : ['sudo', '-n', 'env'];
}

async function hasCandidate(name: string, oldest: readonly [number, number]): Promise<boolean> {
  const policy = (await readOutput('apt-cache', ['policy', name], ASK_WITHIN_MS)) ?? '';
  const version = /Candidate: (?:\d+:)?(\S+)/.exec(policy)?.[1] ?? '';
  return isRecent(version, oldest);
}

async function choosePackages(
  missing: { readonly redis: boolean; readonly mysql: boolean },
  oldest: { readonly redis: readonly [number, number] } & Readonly<Record<MysqlFlavour, readonly [number, number]>>,
  flavour: MysqlFlavour | null,
): Promise<string[] | null> {
  const packages: string[] = [];
  if (missing.redis) {
    if (!(await hasCandidate('redis-server', oldest.redis))) return null;
    packages.push('redis-server');
  }
  if (missing.mysql) {
    const suitable = MYSQL_PACKAGES.filter((choice) => flavour === null || choice.flavour === flavour);
    const found = await Promise.all(suitable.map((choice) => hasCandidate(choice.names[0], oldest[choice.flavour])));
    const first = suitable[found.indexOf(true)];
    if (first === undefined) return null;
    packages.push(...first.names);
  }
  return packages;
}

export interface AptOptions {
  /** Where the output of the installation is kept. */
  readonly logDir: string;
  readonly progress: (line: string) => void;
}

/**
 * Installs what is missing.
 * @returns null when it is installed; otherwise why it could not be
 */
export async function installWithApt(
  missing: { readonly redis: boolean; readonly mysql: boolean },
  oldest: Parameters<typeof choosePackages>[1],
  wanted: Wanted,
): Promise<string | null> {
  return await withApt(wanted, 'Redis or MySQL is', () => choosePackages(missing, oldest, wanted.flavour));
}

/**
 * Installs these packages: tools of the tests.
 * @param what is missing, as the beginning of a sentence: `promtool is`
 * @returns null when they are installed; otherwise why they could not be
 */
export async function installPackages(
  packages: readonly string[],
  what: string,
  options: AptOptions,
): Promise<string | null> {
  return await withApt(options, what, async () => [...packages]);
}

async function withApt(
  wanted: AptOptions,
  what: string,
  choose: () => Promise<string[] | null>,
): Promise<string | null> {
  if ((await readOutput('apt-get', ['--version'], ASK_WITHIN_MS)) === null) return 'there is no apt-get';
  const root = await asRoot();
  if (root === null) return 'apt-get needs root, and sudo wants a password';
  const run = (log: string, args: readonly string[], withinMs: number): Promise<void> => {
    const [file = '', ...first] = [...root, 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C', ...args];
    return runToEnd({ file, args: first }, join(wanted.logDir, log), withinMs);
  };
  try {
    wanted.progress(`${what} missing on this machine: asking apt-get (apt-get update) ...`);
    await run('apt-update.log', ['apt-get', 'update'], UPDATE_WITHIN_MS);
    const packages = await choose();
    if (packages === null) return 'the packages of this system are too old';
    wanted.progress(`apt-get install ${packages.join(' ')} (about a minute; no system service is started) ...`);
    await run('apt-install.log', ['sh', '-c', INSTALL, 'sh', ...packages], INSTALL_WITHIN_MS);
    wanted.progress(`installed ${packages.join(' and ')}`);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
