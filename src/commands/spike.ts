// couponrush spike
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config.ts';
import { get } from '../spike/get.ts';
import { Interruption } from '../spike/interruption.ts';
import { runSpike, type SpikeOptions, type SpikeReport } from '../spike/spike.ts';
import { spikePage } from '../spike/spike-page.ts';
import type { Spread } from '../spike/summary.ts';
import { spikeUser } from '../spike/users.ts';
import { notesOn, verdictOf } from '../spike/verdict.ts';
import { readCoupon } from '../store/tables/coupons.ts';
import { act, CommandFailure, EXIT_FAILED, EXIT_OK, EXIT_USAGE, idOption, integerOption } from './action.ts';
import { commandActor } from './operator.ts';
import { type Cell, joinRanges, print, printJson, printProgress, table } from './output.ts';
import { checkIdentity, readSigning, type SigningOptions } from './spike-signing.ts';
import { serverUrl, withStores } from './stores.ts';
import { describeVerification } from './verify.ts';

interface SpikeCommandOptions extends SigningOptions {
  readonly users: number;
  readonly firstUser: number;
  readonly coupon: number;
  readonly url?: string;
  readonly duplicates?: boolean;
  readonly timeout: number;
  readonly drainTimeout: number;
  readonly report?: string;
  readonly json?: boolean;
}

/** Beyond it the client runs out of ports towards one address: 28,000 in most systems. */
const USERS_MAX = 25_000;
/** As a shell reports a program that a signal has ended. */
const EXIT_SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

export function addSpike(program: Command): void {
  program
    .command('spike')
    .summary('let thousands of users ask at once, and prove the outcome')
    .description(
      'Lets many users ask for a coupon at once, each with one ' +
        'connection and one request. Records every answer, waits ' +
        'until MySQL has the rows, and joins the record with Redis ' +
        'and MySQL. Exits with 0 only if every answer was true.',
    )
    .option('--users <n>', 'how many users', integerOption(1, USERS_MAX), 2000)
    .option('--first-user <n>', 'number of the first; the others follow', idOption, 1)
    .option('--coupon <id>', 'id of the coupon', idOption, 1)
    .option('--url <url>', 'base of the issue API (default: the server of this folder)', baseUrl)
    .option('--jwt-key <file>', 'IDENTITY_MODE=jwt: private key in PEM, or the secret of HS256, with which users sign')
    .option('--jwt-issuer <text>', 'iss of their tokens (default: JWT_ISSUER)')
    .option('--jwt-audience <text>', 'aud of their tokens (default: JWT_AUDIENCE)')
    .option('--hmac-key <file>', 'IDENTITY_MODE=hmac: a file as HMAC_KEYS_FILE, whose first key signs')
    .option('--duplicates', 'each user asks twice at the same time')
    .option('--timeout <seconds>', 'after which a request without an answer is given up', integerOption(1, 600), 30)
    .option('--drain-timeout <seconds>', 'for the rows to arrive in MySQL', integerOption(1, 3600), 30)
    .option('--report <file>', 'write the proof as one HTML page, to hand round')
    .option('--json', 'print one JSON object')
    .action((options: SpikeCommandOptions) =>
      interruptible(options, (interruption, progress) =>
        act(options, (config) => spike(config, options, { interruption, progress })),
      ),
    );
}

type Watch = Pick<SpikeOptions, 'progress'> & { readonly interruption: Interruption };

async function spike(config: Config, options: SpikeCommandOptions, watch: Watch): Promise<number> {
  const signing = readSigning(options, config);
  return withStores(config, async (stores) => {
    const url = options.url ?? serverUrl(config);
    await checkReady(url);
    const coupon = await readCoupon(stores.database, options.coupon);
    if (coupon === null) throw new CommandFailure(`there is no coupon ${options.coupon} in MySQL`);
    await checkIdentity(url, options.coupon, spikeUser(options.firstUser), signing);
    const writeReport = reportFile(options.report);
    const startedAt = new Date();
    const report = await runSpike(stores, {
      url,
      couponId: options.coupon,
      users: options.users,
      firstUser: options.firstUser,
      signing,
      duplicates: options.duplicates ?? false,
      timeoutSeconds: options.timeout,
      drainLimitMs: options.drainTimeout * 1000,
      issueDeadlineMs: config.issueDeadlineMs,
      ...watch,
    });
    const proof = { report, couponName: coupon.name, startedAt, endedAt: new Date(), actor: commandActor() };
    writeReport(() => spikePage(proof));
    if (options.json) printJson(report);
    else print(describeSpike(report));
    return report.ok ? EXIT_OK : EXIT_FAILED;
  });
}

/** Ends the process at a signal, with a sentence. A second one ends it at once. */
async function interruptible(
  options: SpikeCommandOptions,
  work: (interruption: Interruption, progress: (sentence: string) => void) => Promise<void>,
): Promise<void> {
  const interruption = new Interruption();
  let signals = 0;
  const end = async (signal: keyof typeof EXIT_SIGNALS) => {
    signals += 1;
    const exitCode = EXIT_SIGNALS[signal];
    if (signals > 1) process.exit(exitCode);
    const sentence = await interruption.end(options.coupon);
    await act(options, () => Promise.reject(new CommandFailure(sentence, exitCode)));
    process.exit();
  };
  for (const signal of Object.keys(EXIT_SIGNALS) as (keyof typeof EXIT_SIGNALS)[]) process.on(signal, end);
  await work(interruption, (sentence) => {
    if (signals === 0) printProgress(sentence);
  });
  // It has something to print, and ends the process.
  if (signals > 0) await new Promise(() => {});
}

/** Opened before the load begins: a rush is not to be repeated because its report can't be written. */
function reportFile(path: string | undefined): (page: () => string) => void {
  if (path === undefined) return () => {};
  try {
    const file = openSync(path, 'w');
    return (page) => {
      writeFileSync(file, page());
      closeSync(file);
    };
  } catch (error) {
    throw new CommandFailure(`--report ${path}: ${(error as Error).message}`, EXIT_USAGE);
  }
}

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new InvalidArgumentError('It must begin with http:// or https://');
  }
  return url.href.replace(/\/$/, '');
}

async function checkReady(url: string): Promise<void> {
  const { status, body } = await get(`${url}/readyz`).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(`no server answers at ${url} (${error.code ?? error.message}): start one with npm start`);
  });
  if (status !== 200) throw new CommandFailure(`the server at ${url} is not ready: ${body}`);
}

/** Answers, speed, the way to MySQL, contradictions, the verdict of verify, and a last line with the verdict of all. */
export function describeSpike(report: SpikeReport): string {
  const { drain, violations } = report;
  const settled =
    `${report.settled.issued} issued, ${report.settled.notIssued} ` + `not, ${report.settled.unsettled} still unknown`;
  const lines = [
    `${report.attempts} requests of ${report.asking} users ` +
      `(${report.firstUser}-${report.lastUser}) to ${report.url}, coupon ${report.couponId}`,
    '',
    table([['answer', 'times'], ...Object.entries(report.answers)]),
    '',
    table([
      ['', 'min', 'p50', 'p90', 'p99', 'max'],
      ['latency, ms', ...spreadCells(report.latencyMs)],
      ['with connecting, ms', ...spreadCells(report.withConnectMs)],
    ]),
    '',
    table([
      ['answers per second', Math.round(report.answersPerSecond)],
      ['all connections begun within, ms', Math.round(report.connectsWithinMs)],
      ['first connection to last answer, ms', Math.round(report.durationMs)],
      ['users granted', report.users.granted],
      ['users with an unknown outcome', report.users.unknown],
      ['users who held it before', report.heldBefore],
      ['rows in MySQL at the last answer', drain.rowsAtLastAnswer],
      ['all rows there after, ms', drain.allRowsAfterMs],
    ]),
  ];
  if (report.users.unknown > 0) lines.push(`unknown outcomes settled: ${settled}`);
  if (violations.length > 0) {
    const rows = violations.map(({ name, count, meaning, examples }): Cell[] => [
      name,
      count,
      meaning,
      joinRanges(examples),
    ]);
    lines.push('', table([['violation', 'count', 'meaning', 'such as'], ...rows]));
  }
  const notes = notesOn(report);
  lines.push(
    '',
    describeVerification(report.verification),
    '',
    ...(notes.length > 0 ? [...notes, ''] : []),
    verdictOf(report),
  );
  return lines.join('\n');
}

function spreadCells(spread: Spread | null): Cell[] {
  return spread ? [spread.min, spread.p50, spread.p90, spread.p99, spread.max] : [null, null, null, null, null];
}
