#!/usr/bin/env node
// @ts-check
// `npm test [-- part of a file name ...]`: sets up what is missing, checks format and lint, runs all tests but those
// that need minutes, in test/fault/slow. `npm run test:fault`: every fault, also the slow ones. `npm run test:text`: the
// tests that run with user ids of both types, with texts. `npm run test:engine`: what depends on the HTTP engine, on
// node:http.
// Fault tests run one file at a time: they measure time, and each already uses several processes. Of all others two
// run at once: they mostly wait.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { bootstrap, root } from './bootstrap.mjs';

const KINDS = ['unit', 'contract', 'integration', 'fault'];
/** A test that hangs is a failed test. Far above the slowest one. */
const TEST_TIMEOUT_MS = 120_000;
const SLOW_TEST_TIMEOUT_MS = 600_000;
const FAULT = join('test', 'fault');
const SLOW = join(FAULT, 'slow');
/** Parts of the names of tests whose users have ids of the type of the run: test/support/user-ids.ts. */
const WITH_TEXT_IDS = [
  ...[
    'unit/user-id',
    'issuance/issue-script',
    'issuance/holding',
    'integration/outbox',
    'rebuild/rebuild.test',
    'rebuild/declared',
  ],
  ...['integration/verify', 'coupons/erase', 'commands/spike', 'http/text-user-ids'],
  ...[
    'fault/http-worker-killed',
    'slow/persister-killed-around',
    'fault/redis-killed',
    'slow/many-text-ids',
    'slow/chaos-with-text-ids',
  ],
].map((part) => part.replaceAll('/', sep));
/** What an HTTP engine has a part in: every case of raw HTTP, TLS, limits, drains, bursts and ends of workers. */
const ENGINE = [
  'test/integration/http/',
  'test/integration/cluster/',
  'test/integration/node-engine',
  'test/fault/double-start',
  'test/fault/http-worker-killed',
  'test/fault/listen-queue',
  'test/fault/rolling-restart',
  'test/fault/slow/bad-clients',
  'test/fault/slow/cold-spike',
  'test/fault/slow/descriptors-used-up',
  'test/fault/slow/load-balancers',
  'test/fault/slow/many-connections',
  'test/fault/slow/overload',
  'test/fault/slow/rolling-restart',
].map((path) => path.replaceAll('/', sep));

/** Sources, not results: a compiled test whose source is gone stays in dist/. @param {string} folder @returns {string[]} */
function testFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => a.name.localeCompare(b.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return testFiles(path);
      return entry.name.endsWith('.test.ts') ? [relative(root, path)] : [];
    });
}

/** @type {import('node:child_process').ChildProcess | null} */
let child = null;
let isStopped = false;
/** @param {string[]} args @param {Readonly<Record<string, string>>} [env] @returns {Promise<boolean>} */
function runNode(args, env = {}) {
  return new Promise((resolve) => {
    child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.once('close', (code) => {
      child = null;
      resolve(code === 0);
    });
  });
}

/** @param {readonly string[]} files @param {number} atOnce @param {Readonly<Record<string, string>>} env */
function runFiles(files, atOnce, env) {
  const timeout = files.some((file) => file.includes(SLOW)) ? SLOW_TEST_TIMEOUT_MS : TEST_TIMEOUT_MS;
  return runNode(
    [
      '--enable-source-maps',
      '--test',
      `--test-concurrency=${atOnce}`,
      '--test-reporter=spec',
      `--test-timeout=${timeout}`,
      ...files.map((file) => join('dist', file.replace(/\.ts$/, '.js'))),
    ],
    env,
  );
}

/** @param {string} message */
function fail(message) {
  console.error(`couponrush: ${message}`);
  process.exitCode = 1;
}

/** What test/support/proof.ts has written: each fault, and the history that was checked. @param {string | undefined} folder */
function printHistories(folder) {
  const file = join(folder ?? '', 'histories.txt');
  if (existsSync(file)) console.log(`\nfaults and their checked histories:\n\n${readFileSync(file, 'utf8')}`);
}

/** @param {readonly string[]} args */
function choose(args) {
  const [mode = ''] = args;
  const everyFault = mode === '--fault';
  const otherEngine = mode === '--engine';
  const withText = mode === '--text';
  if (otherEngine) process.env.HTTP_ENGINE = 'node';
  if (withText) process.env.USER_ID_TYPE = 'text';
  const given = args.slice(everyFault || otherEngine || withText ? 1 : 0);
  const filters = withText && given.length === 0 ? WITH_TEXT_IDS : given;
  const all = (everyFault ? ['fault'] : KINDS)
    .flatMap((kind) => testFiles(join(root, 'test', kind)))
    .filter((file) => !otherEngine || ENGINE.some((start) => file.startsWith(start)));
  const chosen =
    filters.length === 0
      ? all.filter((file) => everyFault || otherEngine || !file.includes(SLOW))
      : all.filter((file) => filters.some((part) => file.includes(part)));
  return { filters, chosen };
}

async function runTests() {
  const { filters, chosen } = choose(process.argv.slice(2));
  if (chosen.length === 0) return fail(`no test file has ${filters.join(' or ')} in its name`);

  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  if (!(await runNode([biome, 'check', '--error-on-warnings', '.']))) {
    fail('format or lint: `npm run format` fixes most of it');
  }
  const run = '../dist/test/support/run.js';
  const { startTestRun } = await import(run);
  const servers = await startTestRun();
  try {
    const faults = chosen.filter((file) => file.includes(FAULT));
    const others = chosen.filter((file) => !file.includes(FAULT));
    for (const { files, atOnce } of [
      { files: others, atOnce: 2 },
      { files: faults, atOnce: 1 },
    ]) {
      if (files.length > 0 && !isStopped && !(await runFiles(files, atOnce, servers.env))) process.exitCode = 1;
    }
    printHistories(servers.env.TEST_RUN_DIR);
  } finally {
    await servers.stop();
  }
}

// A terminal's Ctrl-C reaches the runner as well; what is left to do here is to stop the servers, which an exit does too.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    process.exitCode = 1;
    isStopped = true;
    if (child === null) process.exit();
    child.kill(signal);
  });
}

await bootstrap();
try {
  await runTests();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
