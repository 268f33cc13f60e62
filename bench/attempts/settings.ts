// The seven attempts: what each one does, with the sizes of its pools, and what was reported of it (2,000 users at
// once, 1,000 coupons, cut after 60 s). If the report gives no number, the default of the usual Java server stands.

export interface AttemptSettings {
  readonly number: number;
  readonly title: string;
  readonly how: 'lock' | 'script';
  /** Lock the coupon's row as well. */
  readonly rowLock: boolean;
  /** Seconds. */
  readonly lock: { readonly wait: number; readonly lease: number } | null;
  readonly mysqlConnections: number;
  /** The wait for one of them, seconds. */
  readonly mysqlWait: number;
  readonly redisConnections: number;
  /** Requests that are worked on at the same time: the server's threads. */
  readonly serverThreads: number;
  /** Requests that may wait for such a thread. */
  readonly acceptMax: number;
  /** Events that are written at the same time, and that may wait for it. */
  readonly tasks: { readonly threads: number; readonly queueMax: number };
  readonly reported: {
    readonly requestsPerSecond: number;
    readonly p99Ms: number;
    readonly exact: boolean;
    readonly note: string;
  };
}

const JAVA = { mysqlConnections: 10, mysqlWait: 30, redisConnections: 8, serverThreads: 200, acceptMax: 100 } as const;
const NO_TASKS = { threads: 0, queueMax: 0 } as const;
const DEFAULT_TASKS = { threads: 8, queueMax: Number.MAX_SAFE_INTEGER } as const;
/** 2,000 connections come at once; with the default of 100, most of them would be refused before anything is tested. */
const ALL = 3000;

export const attempts: readonly AttemptSettings[] = [
  {
    ...JAVA,
    number: 1,
    title: 'lock in Redis (wait 30 s, lease 27 s) and SELECT ... FOR UPDATE',
    how: 'lock',
    rowLock: true,
    lock: { wait: 30, lease: 27 },
    acceptMax: ALL,
    tasks: NO_TASKS,
    reported: { requestsPerSecond: 20, p99Ms: 60_000, exact: true, note: 'only 387 of 2,000 were processed' },
  },
  {
    ...JAVA,
    number: 2,
    title: 'lock in Redis alone, wait 5 s, lease 3 s',
    how: 'lock',
    rowLock: false,
    lock: { wait: 5, lease: 3 },
    acceptMax: ALL,
    tasks: NO_TASKS,
    reported: {
      requestsPerSecond: 47,
      p99Ms: 60_000,
      exact: false,
      note: '526 rows for 522 taken from the stock; 90 % errors',
    },
  },
  {
    ...JAVA,
    number: 3,
    title: 'lock in Redis alone, wait 30 s, lease 27 s',
    how: 'lock',
    rowLock: false,
    lock: { wait: 30, lease: 27 },
    acceptMax: ALL,
    tasks: NO_TASKS,
    reported: { requestsPerSecond: 45.76, p99Ms: 60_000, exact: true, note: '86 % errors' },
  },
  {
    ...JAVA,
    number: 4,
    title: 'Lua script, MySQL written by an in-process listener',
    how: 'script',
    rowLock: true,
    lock: null,
    acceptMax: ALL,
    tasks: DEFAULT_TASKS,
    reported: { requestsPerSecond: 102.54, p99Ms: 27_710, exact: true, note: '67 % errors' },
  },
  {
    ...JAVA,
    number: 5,
    title: 'the same, MySQL pool 50',
    how: 'script',
    rowLock: true,
    lock: null,
    acceptMax: ALL,
    mysqlConnections: 50,
    tasks: DEFAULT_TASKS,
    reported: { requestsPerSecond: 87.09, p99Ms: 32_190, exact: true, note: '' },
  },
  {
    ...JAVA,
    number: 6,
    title: 'the same, Redis pool 50',
    how: 'script',
    rowLock: true,
    lock: null,
    acceptMax: ALL,
    mysqlConnections: 50,
    redisConnections: 50,
    tasks: DEFAULT_TASKS,
    reported: { requestsPerSecond: 108.59, p99Ms: 25_150, exact: true, note: '' },
  },
  {
    ...JAVA,
    number: 7,
    title: 'the same, Redis pool 200, task pool 100 with queue 2,000, accept 3,000',
    how: 'script',
    rowLock: true,
    lock: null,
    acceptMax: ALL,
    mysqlConnections: 50,
    redisConnections: 200,
    tasks: { threads: 100, queueMax: 2000 },
    reported: { requestsPerSecond: 996.67, p99Ms: 1770, exact: true, note: 'half issued, half sold out, no 5xx' },
  },
];
