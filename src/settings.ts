// Every setting of couponrush, in one table: its variable, what it accepts, its default and its meaning.
// docs/configuration.md and .env.example are generated from it and checked by a test.

import { hostname } from 'node:os';
import { REDIS_PING_MS } from './redis/silence.ts';
import {
  addressBlock,
  currency,
  integer,
  type Kind,
  keysUrl,
  listOf,
  oneOf,
  path,
  pattern,
  prometheusUrl,
  text,
  timeZone,
  webhookUrl,
  webOrigin,
  webUrl,
  workers,
} from './setting-kinds.ts';
import { mysqlUrl, redisUrl } from './store-urls.ts';
import { userIdTypes } from './user-id-form.ts';

export interface Variable<T> {
  readonly name: string;
  readonly kind: Kind<T>;
  readonly fallback: T;
  /** How the default reads in the docs, if it is not the value itself. */
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
export const settings = {
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
  httpEngine: variable(
    'HTTP_ENGINE',
    oneOf('auto', 'uws', 'node'),
    'auto',
    'library that serves the issue API: uws (uWebSockets.js), node (node:http, slower), or auto for the first of ' +
      'them that this Node and C library can run',
  ),
  redisUrl: variable(
    'REDIS_URL',
    redisUrl,
    null,
    'Redis to use, database 0; without it and MYSQL_URL couponrush runs its own redis-server',
    { secret: true, fallbackText: 'own redis-server' },
  ),
  mysqlUrl: variable(
    'MYSQL_URL',
    mysqlUrl,
    null,
    'MySQL or MariaDB to use, with the database in the path; without it and REDIS_URL couponrush runs its own server',
    { secret: true, fallbackText: 'own MariaDB or MySQL' },
  ),
  mysqlMigrationUrl: variable(
    'MYSQL_MIGRATION_URL',
    mysqlUrl,
    null,
    'the same database by a user that may create tables: for ' +
      'migrations only, and to grant the user of MYSQL_URL what it needs',
    { secret: true, fallbackText: 'MYSQL_URL' },
  ),
  embedded: variable<'redis' | 'mysql' | null>(
    'EMBEDDED',
    oneOf('redis', 'mysql'),
    null,
    'which one couponrush runs itself if only the other URL is given; without it one URL without the other is refused',
    { fallbackText: 'both without URLs, else none' },
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
    'file with the bearer token of the admin API; without it and ' +
      'ADMIN_TOKEN a token is generated there at the first start',
    { fallbackText: 'admin-token in COUPONRUSH_DATA_DIR' },
  ),
  adminFailuresMax: variable(
    'COUPONRUSH_ADMIN_FAILURES_MAX',
    integer(1, 1_000_000),
    10,
    'wrong tokens from one address within a minute, after which more of them are answered 429 TOO_MANY_REQUESTS',
  ),
  grafanaUrl: variable<string | null>(
    'GRAFANA_URL',
    webUrl,
    null,
    'base of a Grafana that has our dashboards, for links in the console; GET /admin/v1/settings shows it',
    { fallbackText: 'none' },
  ),
  operatorsFile: variable<string | null>(
    'COUPONRUSH_OPERATORS_FILE',
    path,
    null,
    'file of named operators, a line each: name, role, sha256:<hash of the token>; read again when it changes',
    { fallbackText: 'none' },
  ),
  adminUrl: variable<string | null>(
    'COUPONRUSH_ADMIN_URL',
    webUrl,
    null,
    'base of the admin API that the commands ask; without it they ask the stores themselves',
    { fallbackText: 'none' },
  ),
  adminClientToken: variable<string | null>(
    'COUPONRUSH_ADMIN_TOKEN',
    pattern(/^[\x21-\x7e]{16,512}$/, '16 to 512 visible ASCII characters'),
    null,
    'token with which the commands ask COUPONRUSH_ADMIN_URL: ADMIN_TOKEN of that server, or one of an operator',
    { secret: true, fallbackText: 'none' },
  ),
  timeZone: variable<string | null>(
    'COUPONRUSH_TIME_ZONE',
    timeZone,
    null,
    'zone in which commands show times to people; --json and CSV stay UTC',
    { fallbackText: "the machine's (TZ)" },
  ),
  // Of those that are likely the one without a smaller unit: what is shown is the number that is stored.
  currency: variable(
    'COUPONRUSH_CURRENCY',
    currency,
    'KRW',
    'currency of fixed discounts, whose amounts are in its smallest unit: how commands show them',
  ),
  preloadAheadMinutes: variable(
    'PRELOAD_AHEAD_MINUTES',
    integer(1, 10_080),
    10,
    'minutes before its opening at which a draft is preloaded by itself',
  ),
  demo: variable(
    'COUPONRUSH_DEMO',
    oneOf('auto', 'on', 'off'),
    'auto',
    'whether a start on an empty database makes demo coupon 1, ' +
      'open for everyone; auto = only if both databases are own ones',
  ),
  startWaitMs: variable(
    'START_WAIT_MS',
    integer(0, 86_400_000),
    60_000,
    'milliseconds for which a start waits for a Redis or MySQL that ' +
      'is unreachable, before it ends with exit code 1; 0 = not at all',
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

  userIdType: variable(
    'USER_ID_TYPE',
    oneOf(...userIdTypes),
    'number',
    'what user ids are: number = 1 to 2^53 - 1, text = 1 to 64 characters such as a UUID or auth0|65f1c2; a property ' +
      'of the database, see docs/user-ids.md',
  ),
  identityMode: variable(
    'IDENTITY_MODE',
    oneOf('trust', 'jwt', 'hmac'),
    'trust',
    'how users are identified: trust = a gateway sets Commerce-User-Id, ' +
      'jwt = bearer tokens, hmac = a gateway signs requests',
  ),
  trustGateway: variable(
    'TRUST_GATEWAY',
    oneOf('false', 'true'),
    'false',
    'true vouches that only a gateway which checks users can reach the ' +
      'issue API: needed for IDENTITY_MODE=trust on a HOST that is not loopback',
  ),
  jwtKeyFile: variable<string | null>(
    'JWT_KEY_FILE',
    path,
    null,
    'what tokens are verified with: a JWKS, a public key or certificate in PEM, or the secret of HS256',
    { fallbackText: 'none' },
  ),
  jwtJwksUrl: variable<string | null>(
    'JWT_JWKS_URL',
    keysUrl,
    null,
    'where the issuer publishes its keys as a JWKS; with JWT_KEY_FILE as well, ' +
      'the file counts until the URL has answered once',
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
  jwtUserClaim: variable('JWT_USER_CLAIM', text, 'sub', 'claim of a token that is the user id'),
  hmacKeysFile: variable<string | null>(
    'HMAC_KEYS_FILE',
    path,
    null,
    'keys of IDENTITY_MODE=hmac: one or two lines of a key id and the key in base64',
    { fallbackText: 'none' },
  ),
  corsOrigins: variable<readonly string[]>(
    'CORS_ORIGINS',
    listOf(webOrigin),
    [],
    'origins whose pages may ask the issue API from a browser; * = any, with IDENTITY_MODE=jwt only',
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
    'milliseconds after which an issue request that a worker has read is answered, also if no store answers; ' +
      'on a machine without a free core its client waits longer',
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

  listenQueues: variable(
    'COUPONRUSH_LISTEN_QUEUES',
    integer(1, 64),
    8,
    'sockets with which each HTTP worker listens on PORT; each queues 512 ' +
      'connections that the worker has not accepted yet (Linux; elsewhere 1)',
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
  redisPingMs: variable(
    'COUPONRUSH_REDIS_PING_MS',
    integer(2000, 3_600_000),
    REDIS_PING_MS,
    'milliseconds between two pings of each Redis connection at rest; less than any idle timeout on the way',
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
    'milliseconds of expected wait for Redis (or 1.5 round trips, if that is ' +
      'longer) beyond which a new issue request is refused with 503 OVERLOADED',
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
  insertCouponsMax: variable(
    'COUPONRUSH_INSERT_COUPONS_MAX',
    integer(1, 1000),
    100,
    'coupons whose rows are written in one transaction, at most; 1 = those of each by themselves',
  ),
  insertFlushAfterMs: variable(
    'COUPONRUSH_INSERT_FLUSH_AFTER_MS',
    integer(0, 1000),
    5,
    'milliseconds that a row waits for others before its batch is written',
  ),
  gatherMaxMs: variable(
    'COUPONRUSH_GATHER_MAX_MS',
    integer(0, 1000),
    80,
    'milliseconds for which grants gather in the outbox at most, while few come, before the persister reads them',
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
    integer(1, 100_000),
    5000,
    'reads in each HTTP worker that wait for a store (what a user holds, a ' +
      'coupon for everyone); more are refused with 503 OVERLOADED',
  ),
  readTimeoutMs: variable(
    'COUPONRUSH_READ_TIMEOUT_MS',
    integer(50, 60_000),
    1000,
    'milliseconds after which a read is given up: before its turn comes, and again while MySQL works on it',
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
  lameDuckMs: variable(
    'COUPONRUSH_LAME_DUCK_MS',
    integer(0, 600_000),
    0,
    'milliseconds at a stop in which /readyz is 503 and requests are served as before, so that ' +
      'load balancers look elsewhere before the port closes; COUPONRUSH_DRAIN_MS begins after it',
  ),
  eventsKeepDays: variable(
    'COUPONRUSH_EVENTS_KEEP_DAYS',
    integer(1, 3650),
    30,
    'days after which an event is removed from the log that GET /admin/v1/events reads',
  ),
  prometheusUrl: variable<string | null>(
    'PROMETHEUS_URL',
    prometheusUrl,
    null,
    "a Prometheus with the rules of prometheus/, whose alerts the console shows; without it, the server's own checks",
    { secret: true, fallbackText: 'none' },
  ),
  webhookUrl: variable<string | null>(
    'WEBHOOK_URL',
    webhookUrl,
    null,
    'where events are sent to: what was issued, revoked, erased, closed',
    { secret: true, fallbackText: 'none' },
  ),
  webhookSecret: variable<readonly string[] | null>(
    'WEBHOOK_SECRET',
    listOf(pattern(/^[\x21-\x2b\x2d-\x7e]{16,512}$/, '16 to 512 visible ASCII characters, no comma')),
    null,
    'what webhooks are signed with; two while one is replaced',
    { secret: true, fallbackText: 'none' },
  ),
  webhookTimeoutMs: variable(
    'COUPONRUSH_WEBHOOK_TIMEOUT_MS',
    integer(100, 60_000),
    10_000,
    'milliseconds for one request to WEBHOOK_URL, from the look-up of its name to the answer',
  ),
  webhookEventsMax: variable(
    'COUPONRUSH_WEBHOOK_EVENTS_MAX',
    integer(1, 1000),
    500,
    'events in one request to WEBHOOK_URL',
  ),
  webhookDeadDays: variable(
    'COUPONRUSH_WEBHOOK_DEAD_DAYS',
    integer(1, 3650),
    3,
    'days after which an event that WEBHOOK_URL does not accept is given up; less than COUPONRUSH_EVENTS_KEEP_DAYS',
  ),
  drainMs: variable(
    'COUPONRUSH_DRAIN_MS',
    integer(100, 60_000),
    3500,
    'milliseconds at a stop for requests in flight and the outbox, before the own databases are stopped',
  ),
} as const;
