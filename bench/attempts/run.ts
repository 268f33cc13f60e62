// All attempts under all conditions, each in a server process of its own, and the table beside the reported figures.
import { Redis } from 'ioredis';
import { Generators } from '../measure/generators.ts';
import { describeMachine, loadAverage, type Machine, machineLine } from '../measure/machine.ts';
import { Releases } from '../measure/stage.ts';
import { align, format } from '../report/table.ts';
import {
  AttemptServer,
  type Bed,
  type Condition,
  FREEZE_MS,
  openBed,
  type SpikeFigures,
  STOCK,
  USERS,
} from './measure.ts';
import { OurServer } from './ours.ts';
import { attempts } from './settings.ts';
import { withTables } from './tables.ts';

/** In this order: the first spike of a process finds it cold, the second one warm. */
const conditions: readonly (Condition & { readonly option: string })[] = [
  { name: 'cold', option: 'plain', latencyMs: 0, freeze: false },
  { name: 'warm', option: 'plain', latencyMs: 0, freeze: false },
  { name: 'database 5 ms away', option: '5ms', latencyMs: 5, freeze: false },
  { name: 'database 20 ms away', option: '20ms', latencyMs: 20, freeze: false },
  { name: `database frozen for ${FREEZE_MS / 1000} s`, option: 'frozen', latencyMs: 0, freeze: true },
  { name: `5 ms away, frozen for ${FREEZE_MS / 1000} s`, option: 'frozen', latencyMs: 5, freeze: true },
];
const OURS = 8;
const WORKERS = 4;

export interface AttemptOptions {
  readonly numbers: readonly number[];
  readonly conditions: readonly string[];
  readonly cutSeconds: number;
}

export interface AttemptResult {
  readonly number: number;
  readonly condition: string;
  readonly loadAverage: number;
  readonly figures: SpikeFigures;
}

export interface AttemptsReport {
  readonly machine: Machine;
  readonly results: readonly AttemptResult[];
}

export async function runAttempts(
  options: AttemptOptions,
  say: (line: string) => void,
  print: (text: string) => void,
): Promise<AttemptsReport> {
  const releases = new Releases();
  try {
    const generators = await Generators.start(1);
    releases.after(async () => generators.stop());
    say('starting Redis and MySQL ...');
    const bed = await openBed(releases);
    const machine = describeMachine(await versionsOf(bed));
    print(machineLine(machine));
    const results: AttemptResult[] = [];
    for (const number of options.numbers) {
      const server = await startServer(releases, number, bed);
      for (const condition of conditions) {
        if (options.conditions.length > 0 && !options.conditions.includes(condition.option)) continue;
        say(`${titleOf(number)}: ${condition.name} ...`);
        const figures = await server.spike(generators, condition, options.cutSeconds);
        results.push({ number, condition: condition.name, loadAverage: loadAverage(), figures });
        say(describe(figures));
      }
      await server.stop();
    }
    print(renderAttempts(results, options.cutSeconds));
    return { machine, results };
  } finally {
    await releases.close();
  }
}

async function startServer(releases: Releases, number: number, bed: Bed) {
  if (number === OURS) return Object.assign(await OurServer.start(releases, bed, WORKERS), { stop: () => {} });
  const server = await AttemptServer.start(number, bed);
  releases.after(async () => server.stop());
  return server;
}

function titleOf(number: number): string {
  return number === OURS ? `couponrush, ${WORKERS} HTTP workers` : `${number} ${attempts[number - 1]?.title ?? ''}`;
}

function describe({ requestsPerSecond, p99Ms, errorShare, exact, contradiction }: SpikeFigures): string {
  const verdict = exact ? 'exact' : `NOT EXACT: ${contradiction}`;
  return (
    `${format(requestsPerSecond, 0)} requests/s, p99 ${format(p99Ms, 0)} ` +
    `ms, ${format(errorShare * 100, 1)} % errors, ${verdict}`
  );
}

export function renderAttempts(results: readonly AttemptResult[], cutSeconds: number): string {
  const head = [
    'attempt',
    'process, database',
    'requests/s',
    'p99 ms',
    '201',
    'rows',
    'errors %',
    'exact',
    'reported requests/s',
    'p99 ms',
    'exact',
  ];
  const rows = results.map(({ number, condition, figures }, index) => {
    const reported = number === OURS ? undefined : attempts[number - 1]?.reported;
    const first = results[index - 1]?.number !== number;
    return [
      first ? titleOf(number) : '',
      condition,
      format(figures.requestsPerSecond, 0),
      figures.p99Ms >= cutSeconds * 1000 ? `over ${format(cutSeconds * 1000, 0)}` : format(figures.p99Ms, 0),
      format(figures.granted, 0),
      format(figures.rows, 0),
      format(figures.errorShare * 100, 1),
      figures.exact ? 'yes' : `NO: ${figures.contradiction}`,
      ...(reported && first
        ? [format(reported.requestsPerSecond, 0), format(reported.p99Ms, 0), reported.exact ? 'yes' : 'NO']
        : ['', '', '']),
    ];
  });
  return [
    `the seven attempts: ${USERS.toLocaleString('en-US')} users at once, a fresh ` +
      `connection each, ${STOCK.toLocaleString('en-US')} coupons, cut after ${cutSeconds} s`,
    'requests/s counts 201 and 400 only; exact: users with a 201, rows, and what the stock lost are compared as sets',
    align([head, ...rows]),
  ].join('\n');
}

async function versionsOf({ redisUrl, mysqlUrl }: Bed): Promise<{ redis: string; mysql: string }> {
  const redis = new Redis(redisUrl);
  const version = /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? 'unknown';
  redis.disconnect();
  const mysql = await withTables(mysqlUrl, async (connection) => {
    const [rows] = await connection.query('SELECT @@version AS version');
    return (rows as { version: string }[])[0]?.version ?? 'unknown';
  });
  return { redis: version, mysql: /mariadb/i.test(mysql) ? `MariaDB ${mysql.split('-')[0]}` : `MySQL ${mysql}` };
}
