// Every setting of couponrush, in one table. The only reader of process.env.
// Promise: loadConfig either returns a complete, frozen configuration, or throws one ConfigError that lists every
// problem at once. docs/configuration.md and .env.example are generated from this table and checked by a test.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { addressBlock, integer, type Kind, listOf, oneOf, path, pattern, text, url, workers } from './setting-kinds.ts';

export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`invalid configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

interface Variable<T> {
  readonly name: string;
  readonly kind: Kind<T>;
  readonly fallback: T;
  /** How the default reads in the docs, where it is not the value itself. */
  readonly fallbackText?: string;
  readonly meaning: string;
  readonly secret: boolean;
}

function variable<T>(
  name: string,
  kind: Kind<T>,
  fallback: T,
  meaning: string,
  options: { secret?: boolean; fallbackText?: string } = {},
): Variable<T> {
  return { name, kind, fallback, meaning, secret: options.secret ?? false, ...options };
}

/**
 * Names that operators share with other software are plain (PORT, REDIS_URL). Our own tuning carries the prefix
 * COUPONRUSH_, so that a misspelt one is found: an unknown variable with the prefix is an error.
 */
const table = {
  host: variable('HOST', pattern(/^[\w.:-]+$/, 'an address'), '127.0.0.1', 'address that the issue API binds'),
  port: variable('PORT', integer(1, 65_535), 8080, 'port of the issue API'),
  metricsHost: variable(
    'METRICS_HOST',
    pattern(/^[\w.:-]+$/, 'an address'),
    '127.0.0.1',
    'address that serves metrics',
  ),
  metricsPort: variable(
    'METRICS_PORT',
    integer(0, 65_535),
    9464,
    'port of GET /metrics, for Prometheus; 0 serves none',
  ),
  workers: variable('WORKERS', workers, 4, 'HTTP worker processes'),
  redisUrl: variable(
    'REDIS_URL',
    url('redis:', 'rediss:'),
    null,
    'Redis to use; without it couponrush runs its own redis-server',
    { secret: true, fallbackText: 'own redis-server' },
  ),
  mysqlUrl: variable(
    'MYSQL_URL',
    url('mysql:', 'mysqls:'),
    null,
    'MySQL or MariaDB to use, with the database in the path; without it couponrush runs its own server',
    { secret: true, fallbackText: 'own MariaDB or MySQL' },
  ),
  mysqlMigrationUrl: variable(
    'MYSQL_MIGRATION_URL',
    url('mysql:', 'mysqls:'),
    null,
    'the same database by a user that may create tables: for migrations only, and to grant the user of MYSQL_URL what it needs',
    { secret: true, fallbackText: 'MYSQL_URL' },
  ),
  adminHost: variable(
    'ADMIN_HOST',
    pattern(/^[\w.:-]+$/, 'an address'),
    '127.0.0.1',
    'address that the admin API binds',
  ),
  adminPort: variable('ADMIN_PORT', integer(1, 65_535), 8081, 'port of the admin API'),
  adminToken: variable<string | null>(
    'ADMIN_TOKEN',
    pattern(/^[\x21-\x7e]{16,512}$/, '16 to 512 visible ASCII characters'),
    null,
    'bearer token of the admin API',
    { secret: true, fallbackText: 'the content of ADMIN_TOKEN_FILE' },
  ),
  adminTokenFile: variable<string | null>(
    'ADMIN_TOKEN_FILE',
    path,
    null,
    'file with the bearer token of the admin API; without it and ADMIN_TOKEN a token is generated there at the first start',
    { fallbackText: 'admin-token in COUPONRUSH_DATA_DIR' },
  ),
  adminFailuresMax: variable(
    'COUPONRUSH_ADMIN_FAILURES_MAX',
    integer(1, 1_000_000),
    10,
    'wrong tokens from one address within a minute, after which the admin API answers it 429 TOO_MANY_REQUESTS',
  ),
  preloadAheadMinutes: variable(
    'PRELOAD_AHEAD_MINUTES',
    integer(1, 10_080),
    10,
    'minutes before its opening at which a draft is preloaded by itself',
  ),
  redisCaFile: variable<string | null>(
    'REDIS_CA_FILE',
    path,
    null,
    'certificates in PEM that the certificate of a rediss:// Redis must descend from',
    { fallbackText: "Node's own" },
  ),
  mysqlCaFile: variable<string | null>(
    'MYSQL_CA_FILE',
    path,
    null,
    'certificates in PEM that the certificate of a mysqls:// MySQL must descend from',
    { fallbackText: "Node's own" },
  ),
  tlsCertFile: variable<string | null>(
    'TLS_CERT_FILE',
    path,
    null,
    'certificate chain in PEM with which the issue API speaks HTTPS; without it HTTP',
    { fallbackText: 'none' },
  ),
  tlsKeyFile: variable<string | null>('TLS_KEY_FILE', path, null, 'private key of TLS_CERT_FILE in PEM', {
    fallbackText: 'none',
  }),

  identityMode: variable(
    'IDENTITY_MODE',
    oneOf('trust', 'jwt', 'hmac'),
    'trust',
    'how users are identified: trust = a gateway sets Commerce-User-Id, jwt = bearer tokens, hmac = a gateway signs requests',
  ),
  trustGateway: variable(
    'TRUST_GATEWAY',
    oneOf('false', 'true'),
    'false',
    'true vouches that only a gateway which checks users can reach the issue API: needed for IDENTITY_MODE=trust on a HOST that is not loopback',
  ),
  jwtKeyFile: variable<string | null>(
    'JWT_KEY_FILE',
    path,
    null,
    'what tokens are verified with: a JWKS, a public key or certificate in PEM, or the secret of HS256',
    { fallbackText: 'none' },
  ),
  jwtAlgorithms: variable<readonly ('RS256' | 'ES256' | 'EdDSA' | 'HS256')[]>(
    'JWT_ALGORITHMS',
    listOf(oneOf('RS256', 'ES256', 'EdDSA', 'HS256')),
    ['RS256'],
    'algorithms of tokens that count',
  ),
  jwtIssuer: variable<string | null>('JWT_ISSUER', text, null, 'iss that tokens must have', { fallbackText: 'none' }),
  jwtAudience: variable<string | null>('JWT_AUDIENCE', text, null, 'aud that tokens must have', {
    fallbackText: 'none',
  }),
  hmacKeysFile: variable<string | null>(
    'HMAC_KEYS_FILE',
    path,
    null,
    'keys of IDENTITY_MODE=hmac: one or two lines of a key id and the key in base64',
    { fallbackText: 'none' },
  ),
  trustedProxies: variable<readonly string[]>(
    'TRUSTED_PROXIES',
    listOf(addressBlock),
    [],
    'proxies whose X-Forwarded-For is believed',
    { fallbackText: 'none' },
  ),
  userRequestsPerSecond: variable(
    'COUPONRUSH_USER_REQUESTS_PER_SECOND',
    integer(0, 100_000),
    0,
    'requests a second that one user may make of one HTTP worker; more are answered 429; 0 = no limit',
  ),
  userRequestsBurst: variable(
    'COUPONRUSH_USER_REQUESTS_BURST',
    integer(1, 1_000_000),
    20,
    'requests that one user may make at once after a rest',
  ),
  addressRequestsPerSecond: variable(
    'COUPONRUSH_ADDRESS_REQUESTS_PER_SECOND',
    integer(0, 1_000_000),
    0,
    'requests a second from one address (IPv6: /64 network) to one HTTP worker; more are answered 429; 0 = no limit',
  ),
  addressRequestsBurst: variable(
    'COUPONRUSH_ADDRESS_REQUESTS_BURST',
    integer(1, 10_000_000),
    1000,
    'requests from one address at once after a rest',
  ),
  issueDeadlineMs: variable(
    'ISSUE_DEADLINE_MS',
    integer(100, 10_000),
    2000,
    'milliseconds from the arrival of an issue request until it is answered, whatever happens',
  ),
  dataDir: variable('COUPONRUSH_DATA_DIR', path, '.data', 'folder of the own Redis and MySQL'),
  localServers: variable(
    'COUPONRUSH_LOCAL_SERVERS',
    oneOf('auto', 'binaries', 'docker'),
    'auto',
    'where the own Redis and MySQL come from: programs on this machine (installed by apt-get if need be), else Docker',
  ),
  logLevel: variable(
    'COUPONRUSH_LOG_LEVEL',
    oneOf('debug', 'info', 'warn', 'error', 'silent'),
    'info',
    'least severe log line that is written',
  ),

  redisConnections: variable(
    'COUPONRUSH_REDIS_CONNECTIONS',
    integer(1, 64),
    2,
    'Redis connections for decisions in each HTTP worker; each carries one batch per coupon at a time',
  ),
  redisSocketTimeoutMs: variable(
    'COUPONRUSH_REDIS_SOCKET_TIMEOUT_MS',
    integer(100, 60_000),
    1000,
    'milliseconds without a byte from Redis, with a decision in flight, after which the connection is renewed',
  ),
  batchUsersMax: variable(
    'COUPONRUSH_BATCH_USERS_MAX',
    integer(1, 4000),
    1000,
    'users in one decision batch, and so in one outbox entry',
  ),
  inflightMax: variable(
    'COUPONRUSH_INFLIGHT_MAX',
    integer(1, 1_000_000),
    15_000,
    'issue requests in one HTTP worker that wait for an answer; more are refused with 503 OVERLOADED',
  ),
  queueDelayMaxMs: variable(
    'COUPONRUSH_QUEUE_DELAY_MAX_MS',
    integer(1, 10_000),
    250,
    'milliseconds of expected wait for Redis (or 1.5 round trips, if that is longer) beyond which a new issue request is refused with 503 OVERLOADED',
  ),
  outboxRowsMax: variable(
    'COUPONRUSH_OUTBOX_ROWS_MAX',
    integer(1000, 100_000_000),
    5_000_000,
    'coupons in the outbox of one coupon that MySQL does not have yet; beyond it issuing answers 503 OVERLOADED',
  ),
  soldOutKnowledge: variable(
    'COUPONRUSH_SOLD_OUT_KNOWLEDGE',
    oneOf('on', 'off'),
    'on',
    'whether an HTTP worker answers for sold-out coupons by itself; off: Redis is asked for each request',
  ),
  soldOutHoldersMax: variable(
    'COUPONRUSH_SOLD_OUT_HOLDERS_MAX',
    integer(0, 100_000_000),
    1_000_000,
    'holders of sold-out coupons that an HTTP worker keeps in memory, 12 to 24 bytes each; Redis answers beyond it',
  ),

  persisterName: variable(
    'COUPONRUSH_PERSISTER_NAME',
    pattern(/^[\w.-]{1,64}$/, '1 to 64 letters, digits, dots, hyphens or underscores'),
    hostname()
      .replace(/[^\w.-]/g, '-')
      .slice(0, 64) || 'persister',
    'name of this persister in the consumer group: stable across restarts, and different on each host',
    { fallbackText: 'host name' },
  ),
  insertThreads: variable(
    'COUPONRUSH_INSERT_THREADS',
    integer(1, 64),
    2,
    'insert threads of the persister, one MySQL connection each',
  ),
  insertRowsMax: variable(
    'COUPONRUSH_INSERT_ROWS_MAX',
    integer(1, 10_000),
    2000,
    'rows after which a batch of inserts is not filled further',
  ),
  insertFlushAfterMs: variable(
    'COUPONRUSH_INSERT_FLUSH_AFTER_MS',
    integer(0, 1000),
    5,
    'milliseconds that a row waits for others before its batch is written',
  ),
  highWaterRows: variable(
    'COUPONRUSH_HIGH_WATER_ROWS',
    integer(1000, 1_000_000),
    40_000,
    'rows held by the persister at which it stops reading the outbox',
  ),
  lowWaterRows: variable(
    'COUPONRUSH_LOW_WATER_ROWS',
    integer(1, 1_000_000),
    20_000,
    'rows held by the persister at which it reads again',
  ),
  claimIdleMs: variable(
    'COUPONRUSH_CLAIM_IDLE_MS',
    integer(1000, 600_000),
    10_000,
    'milliseconds after which entries of a silent persister are taken over by another',
  ),
  insertTimeoutMs: variable(
    'COUPONRUSH_INSERT_TIMEOUT_MS',
    integer(100, 600_000),
    10_000,
    'milliseconds after which an insert without an answer is given up and its connection renewed',
  ),
  readConnections: variable(
    'COUPONRUSH_READ_CONNECTIONS',
    integer(1, 64),
    2,
    'MySQL connections for reads in each HTTP worker',
  ),
  readsMax: variable(
    'COUPONRUSH_READS_MAX',
    integer(1, 10_000),
    200,
    'reads under way in each HTTP worker (what a user holds, a coupon for everyone); more are refused with 503 OVERLOADED',
  ),
  readTimeoutMs: variable(
    'COUPONRUSH_READ_TIMEOUT_MS',
    integer(50, 60_000),
    1000,
    'milliseconds after which a read of MySQL is given up',
  ),
  verifyEveryMs: variable(
    'COUPONRUSH_VERIFY_EVERY_MS',
    integer(0, 86_400_000),
    60_000,
    'milliseconds between two checks of each of the newest 100 loaded coupons in Redis against MySQL; 0 makes none',
  ),
  verifyHoldersMax: variable(
    'COUPONRUSH_VERIFY_HOLDERS_MAX',
    integer(0, 10_000_000),
    200_000,
    'holders up to which such a check compares user by user; beyond it compares counts',
  ),
  strictDurability: variable(
    'STRICT_DURABILITY',
    oneOf('true', 'false'),
    'false',
    'true refuses to start on a Redis or MySQL whose settings break a promise',
  ),
  drainMs: variable(
    'COUPONRUSH_DRAIN_MS',
    integer(100, 60_000),
    3500,
    'milliseconds at a stop for requests in flight and the outbox, before the own databases are stopped',
  ),
} as const;

type Values = { readonly [K in keyof typeof table]: (typeof table)[K] extends Variable<infer T> ? T : never };
/** Every setting of one process; times in milliseconds. */
export interface Config extends Values {}

const PREFIX = 'COUPONRUSH_';

/**
 * The value of a variable as text; '' where it is not set. A secret may stand in a file instead, named by NAME_FILE, as
 * orchestrators hand them over: its content counts without the line break at its end.
 * @throws a problem, without the name of the variable in front
 */
function readText(entry: Variable<unknown>, env: NodeJS.ProcessEnv): string {
  const text = env[entry.name] ?? '';
  const file = mayBeFile(entry) ? (env[fileName(entry)] ?? '') : '';
  if (file === '') return text;
  if (text !== '') throw new Error(`and ${fileName(entry)} must not both be set`);
  let content: string;
  try {
    content = readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    throw new Error(`can't be read from ${fileName(entry)}: ${(error as Error).message}`);
  }
  if (content === '') throw new Error(`is empty in the file of ${fileName(entry)}`);
  return content;
}

const fileName = ({ name }: Variable<unknown>): string => `${name}_FILE`;

/** ADMIN_TOKEN_FILE is a setting of its own: the token may be generated there. */
function mayBeFile(entry: Variable<unknown>): boolean {
  const own = (Object.values(table) as Variable<unknown>[]).some(({ name }) => name === fileName(entry));
  return entry.secret && !own;
}

/**
 * Reads the configuration.
 * @throws ConfigError with every problem found: malformed values, unknown COUPONRUSH_ variables, broken relations
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const problems: string[] = [];
  const names = new Set<string>();
  const values: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(table) as [string, Variable<unknown>][]) {
    names.add(entry.name);
    if (mayBeFile(entry)) names.add(fileName(entry));
    values[key] = entry.fallback;
    let text = '';
    try {
      text = readText(entry, env);
      if (text !== '') values[key] = entry.kind.parse(text);
    } catch (error) {
      problems.push(`${entry.name} ${(error as Error).message}${entry.secret ? '' : `, not "${text}"`}`);
    }
  }
  for (const name of Object.keys(env)) {
    if (name.startsWith(PREFIX) && !names.has(name)) problems.push(`${name} is not a setting of couponrush`);
  }
  const config = values as unknown as Config;
  if (config.lowWaterRows >= config.highWaterRows) {
    problems.push('COUPONRUSH_LOW_WATER_ROWS must be below COUPONRUSH_HIGH_WATER_ROWS');
  }
  if (config.redisSocketTimeoutMs >= config.issueDeadlineMs) {
    problems.push(
      'COUPONRUSH_REDIS_SOCKET_TIMEOUT_MS must be below ISSUE_DEADLINE_MS, so that a dead connection leaves time to settle',
    );
  }
  if (config.adminToken !== null && config.adminTokenFile !== null) {
    problems.push('ADMIN_TOKEN and ADMIN_TOKEN_FILE must not both be set');
  }
  problems.push(...findEdgeProblems(config));
  values.redisUrl = withAuthority(config.redisUrl, config.redisCaFile);
  values.mysqlUrl = withAuthority(config.mysqlUrl, config.mysqlCaFile);
  values.mysqlMigrationUrl = withAuthority(config.mysqlMigrationUrl, config.mysqlCaFile);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/**
 * The environment of a child process that has no use for these secrets: neither they nor their files are in it. They are
 * undefined and not absent, because cluster.fork adds what its own process has.
 */
export function withoutSecrets(names: readonly string[], env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const hidden = names.flatMap((name) => [name, `${name}_FILE`]);
  return { ...env, ...Object.fromEntries(hidden.map((name) => [name, undefined])) };
}

/** What the settings of the issue API's outer side ask of each other. */
function findEdgeProblems(config: Config): string[] {
  const problems: string[] = [];
  const needs = (setting: string, value: unknown, why: string) => {
    if (value === null) problems.push(`${setting} must be set ${why}`);
  };
  if (config.identityMode === 'trust' && config.trustGateway !== 'true' && !isLoopback(config.host)) {
    problems.push(
      `HOST ${config.host} can be reached from outside, and with IDENTITY_MODE=trust anyone who reaches it can be any user: ` +
        'set IDENTITY_MODE to jwt or hmac, or TRUST_GATEWAY=true if only a gateway that checks users can reach it',
    );
  }
  if (config.identityMode === 'jwt') {
    needs('JWT_KEY_FILE', config.jwtKeyFile, 'for IDENTITY_MODE=jwt');
    needs('JWT_ISSUER', config.jwtIssuer, 'for IDENTITY_MODE=jwt');
    needs('JWT_AUDIENCE', config.jwtAudience, 'for IDENTITY_MODE=jwt');
  }
  if (config.identityMode === 'hmac') needs('HMAC_KEYS_FILE', config.hmacKeysFile, 'for IDENTITY_MODE=hmac');
  if ((config.tlsCertFile === null) !== (config.tlsKeyFile === null)) {
    problems.push('TLS_CERT_FILE and TLS_KEY_FILE must be set together');
  }
  if (config.redisCaFile !== null && config.redisUrl?.startsWith('rediss:') !== true) {
    problems.push('REDIS_CA_FILE is of use with a REDIS_URL that begins with rediss:// only');
  }
  if (config.mysqlCaFile !== null && config.mysqlUrl?.startsWith('mysqls:') !== true) {
    problems.push('MYSQL_CA_FILE is of use with a MYSQL_URL that begins with mysqls:// only');
  }
  return problems;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** The authority's file travels with the URL, as its parameter `ca`: everyone who connects has it then. */
function withAuthority(url: string | null, caFile: string | null): string | null {
  if (url === null || caFile === null) return url;
  const parsed = new URL(url);
  parsed.searchParams.set('ca', caFile);
  return parsed.href;
}

export interface SettingDescription {
  readonly name: string;
  /** Also as NAME_FILE. */
  readonly mayBeFile: boolean;
  readonly accepts: string;
  readonly fallback: string;
  readonly meaning: string;
  readonly secret: boolean;
  /** Whether `fallback` is the value itself, and not a description of it. */
  readonly isLiteral: boolean;
}

/** One row for each setting, in the order of the table: what docs/configuration.md shows. */
export function describeConfig(): SettingDescription[] {
  return (Object.values(table) as Variable<unknown>[]).map((entry) => ({
    name: entry.name,
    mayBeFile: mayBeFile(entry),
    accepts: entry.kind.meaning,
    fallback: entry.fallbackText ?? String(entry.fallback),
    meaning: entry.meaning,
    secret: entry.secret,
    isLiteral: entry.fallbackText === undefined && entry.fallback !== null,
  }));
}

export interface ExplainedSetting {
  readonly name: string;
  /** As it is in effect, secrets masked. */
  readonly value: string;
  readonly origin: 'environment' | 'file' | 'default';
}

/**
 * What is in effect, and where it comes from.
 * @throws ConfigError as loadConfig
 */
export function explainConfig(env: NodeJS.ProcessEnv = process.env): ExplainedSetting[] {
  const config = loadConfig(env);
  return (Object.entries(table) as [keyof Config, Variable<unknown>][]).map(([key, entry]) => {
    const inFile = mayBeFile(entry) && (env[fileName(entry)] ?? '') !== '';
    const origin = inFile ? 'file' : (env[entry.name] ?? '') !== '' ? 'environment' : 'default';
    const text = origin === 'default' && entry.fallbackText ? entry.fallbackText : String(config[key]);
    return { name: entry.name, value: origin !== 'default' && entry.secret ? masked(text) : text, origin };
  });
}

/** A URL without its password; anything else not at all. */
function masked(text: string): string {
  if (!URL.canParse(text) || !/^\w+:\/\//.test(text)) return '***';
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  return url.href;
}
