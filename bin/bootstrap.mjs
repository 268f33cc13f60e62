// @ts-check
// Makes a clone runnable: dependencies from the lockfile, and the compiled code in dist/. Needs Node and npm only.
// Promise: does nothing when nothing changed (about 10 ms); two that run at once wait for each other; what it does it says
// in a line on standard error, so that standard output belongs to the program.
// A crash leaves dist/.bootstrap-lock: the next one sees that its process is gone.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { platformProblem, thisPlatform } from './platform.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));
const lockfile = join(root, 'package-lock.json');
const installed = join(root, 'node_modules', '.package-lock.json');
const installedFrom = join(root, 'node_modules', '.couponrush-lockfile-sha256');
const built = join(root, 'dist', '.built');
const lock = join(root, 'dist', '.bootstrap-lock');
const LOCK_POLL_MS = 200;
/** In this order, as `npm run build`: the demo page is compiled against the client's types. */
const projects = [
  'client/tsconfig.json',
  'client/tsconfig.types.json',
  'client/demo/tsconfig.json',
  'tsconfig.json',
  'console/tsconfig.json',
];

/** A failure that the user can mend: its message is all there is to say. */
class SetupError extends Error {}

/** @param {string} line */
function say(line) {
  process.stderr.write(`couponrush: ${line}\n`);
}

/** @param {string} path */
function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The newest file or folder (a deletion touches its folder). @param {string} path @returns {number} */
function newestMs(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestMs(join(path, name))), stat.mtimeMs);
}

function lockfileHash() {
  return createHash('sha256').update(readFileSync(lockfile)).digest('hex');
}

function needsInstall() {
  if (!existsSync(installed)) return true;
  if (modifiedMs(installed) >= modifiedMs(lockfile)) return false;
  // Touched, by a checkout for instance: changed only if the content differs.
  return !existsSync(installedFrom) || readFileSync(installedFrom, 'utf8') !== lockfileHash();
}

function needsBuild() {
  const folders = ['src', 'workers', 'test', 'bench', 'grafana/src', 'client/src', 'client/demo', 'console'];
  const sources = [...folders, ...projects, 'bin/bundle.mjs', 'docs/runbook.md', 'package-lock.json'];
  return Math.max(...sources.map((name) => newestMs(join(root, name)))) > modifiedMs(built);
}

/**
 * Runs a program with its output on our standard error.
 * @param {string} file @param {string[]} args @param {string} ifItFails
 * @returns {Promise<void>}
 */
function run(file, args, ifItFails) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 2, 2] });
    child.once('error', (error) => reject(new SetupError(`${file} could not be run (${error.message}): ${ifItFails}`)));
    child.once('close', (code) => (code === 0 ? resolve() : reject(new SetupError(ifItFails))));
  });
}

async function install() {
  const startedAt = Date.now();
  say('installing the dependencies of package-lock.json (npm ci, up to a minute) ...');
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  // Inside `npm start` this is the npm that runs us; on its own, the one that is on the PATH.
  const npm = process.env.npm_execpath;
  const [file, all] = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args];
  await run(file, all, '`npm ci` failed, see above: is the npm registry reachable from here? Run it again once it is.');
  writeFileSync(installedFrom, lockfileHash());
  say(`dependencies installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

async function build() {
  const startedAt = new Date();
  say('compiling ...');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(tsc)) throw new SetupError('the compiler is missing: delete node_modules and start again');
  for (const project of projects) {
    await run(process.execPath, [tsc, '-p', project], 'the code does not compile: the lines above say where');
  }
  try {
    const { bundle } = await import('./bundle.mjs');
    await bundle();
  } catch (error) {
    // The bundler needs a newer Node than the server.
    say(`not bundled, so starts take longer (${/** @type {Error} */ (error).message})`);
  }
  writeFileSync(built, '');
  // As of when it began: what was saved meanwhile is compiled next time.
  utimesSync(built, startedAt, startedAt);
  say(`compiled in ${((Date.now() - startedAt.getTime()) / 1000).toFixed(1)} s`);
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** Two may find the same dead owner: what was moved away by mistake is put back. @param {number} dead */
function removeStaleLock(dead) {
  const away = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, away);
    if (Number(readFileSync(away, 'utf8')) !== dead) linkSync(away, lock);
  } catch {
    // The other one was quicker.
  }
  rmSync(away, { force: true });
}

/** Creates the lock together with its content; waits while a running process has it. */
async function takeLock() {
  mkdirSync(dirname(lock), { recursive: true });
  const draft = `${lock}.${process.pid}`;
  let told = false;
  for (;;) {
    writeFileSync(draft, String(process.pid));
    try {
      linkSync(draft, lock);
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    let owner = 0;
    try {
      owner = Number(readFileSync(lock, 'utf8'));
    } catch {
      continue;
    }
    if (!isRunning(owner)) {
      removeStaleLock(owner);
      continue;
    }
    if (!told) say(`process ${owner} is setting up this folder: waiting for it ...`);
    told = true;
    await sleep(LOCK_POLL_MS);
  }
}

async function setUp() {
  if (!needsInstall() && !needsBuild()) return;
  await takeLock();
  try {
    if (needsInstall()) {
      const problem = platformProblem(thisPlatform());
      if (problem !== null) throw new SetupError(problem);
      await install();
    }
    if (needsBuild()) await build();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Resolves when the clone can run; otherwise says why not and ends the process. */
export async function bootstrap() {
  try {
    await setUp();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exit(1);
  }
}
