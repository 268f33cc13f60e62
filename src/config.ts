// The settings as the environment and files have them. The only reader of process.env.
// Promise: loadConfig either returns a complete, frozen configuration, or throws one ConfigError that lists every
// problem at once.
import { readFileSync } from 'node:fs';
import { isLoopback } from './address.ts';
import { settings, type Variable } from './settings.ts';

export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`invalid configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Values = { readonly [K in keyof typeof settings]: (typeof settings)[K] extends Variable<infer T> ? T : never };
/** Every setting of one process; times in milliseconds. */
export interface Config extends Values {}

const PREFIX = 'COUPONRUSH_';
/** What may stand before the host of a URL, which no message may repeat. */
const CREDENTIALS = /\/\/[^/@]*@/;

/**
 * The value of a variable as text; '' if it is not set. A secret may stand in a file instead, named by NAME_FILE, as
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
  const own = (Object.values(settings) as Variable<unknown>[]).some(({ name }) => name === fileName(entry));
  return entry.secret && !own;
}

/**
 * Reads the configuration.
 * @param options.mysqlOnly for a command that has no use for Redis: MYSQL_URL may stand alone
 * @throws ConfigError with every problem found: malformed values, unknown COUPONRUSH_ variables, broken relations
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, options: { mysqlOnly?: boolean } = {}): Config {
  const problems: string[] = [];
  const names = new Set<string>();
  const values: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(settings) as [string, Variable<unknown>][]) {
    names.add(entry.name);
    if (mayBeFile(entry)) names.add(fileName(entry));
    values[key] = entry.fallback;
    let text = '';
    try {
      text = readText(entry, env);
      if (text !== '') values[key] = entry.kind.parse(text);
    } catch (error) {
      const given = entry.secret ? '' : `, not "${text.replace(CREDENTIALS, '//***@')}"`;
      problems.push(`${entry.name} ${(error as Error).message}${given}`);
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
      'COUPONRUSH_REDIS_SOCKET_TIMEOUT_MS must be below ' +
        'ISSUE_DEADLINE_MS, so that a dead connection leaves time to settle',
    );
  }
  problems.push(...findPortProblems(config));
  if (!options.mysqlOnly) problems.push(...findStoreProblems(config, env));
  if (config.adminToken !== null && config.adminTokenFile !== null) {
    problems.push('ADMIN_TOKEN and ADMIN_TOKEN_FILE must not both be set');
  }
  problems.push(...findEdgeProblems(config), ...findWebhookProblems(config));
  values.redisUrl = withAuthority(config.redisUrl, config.redisCaFile);
  values.mysqlUrl = withAuthority(config.mysqlUrl, config.mysqlCaFile);
  values.mysqlMigrationUrl = withAuthority(config.mysqlMigrationUrl, config.mysqlCaFile);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/**
 * The environment of a child process that has no use for these secrets: neither they nor their files are in it. They
 * are undefined and not absent, because cluster.fork adds what its own process has.
 */
export function withoutSecrets(names: readonly string[], env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const hidden = names.flatMap((name) => [name, `${name}_FILE`]);
  return { ...env, ...Object.fromEntries(hidden.map((name) => [name, undefined])) };
}

/** Two listeners on one address: the later one would fail after everything else was started. */
function findPortProblems({ host, port, adminHost, adminPort, metricsHost, metricsPort }: Config): string[] {
  const listeners = [
    { name: 'PORT', host, port },
    { name: 'ADMIN_PORT', host: adminHost, port: adminPort },
    { name: 'METRICS_PORT', host: metricsHost, port: metricsPort },
  ];
  const every = (address: string) => address === '0.0.0.0' || address === '::';
  return listeners.flatMap((one, index) =>
    listeners
      .slice(index + 1)
      .filter((other) => other.port === one.port && other.port !== 0)
      .filter((other) => other.host === one.host || every(other.host) || every(one.host))
      .map((other) => `${one.name} and ${other.name} must not both be ${one.port}`),
  );
}

type StoreVariable = 'REDIS_URL' | 'MYSQL_URL';

/**
 * One store of an operator's and one of our own are a mistake, such as a misspelt variable, unless EMBEDDED says so.
 */
function findStoreProblems({ mysqlMigrationUrl, embedded }: Config, env: NodeJS.ProcessEnv): string[] {
  const isGiven = (name: StoreVariable) => (env[name] ?? '') !== '' || (env[`${name}_FILE`] ?? '') !== '';
  const [redis, mysql] = [isGiven('REDIS_URL'), isGiven('MYSQL_URL')];
  const problems: string[] = [];
  if (redis && !mysql && embedded !== 'mysql') problems.push(alone('REDIS_URL', 'MYSQL_URL', env));
  if (mysql && !redis && embedded !== 'redis') problems.push(alone('MYSQL_URL', 'REDIS_URL', env));
  if (embedded === 'redis' && (redis || !mysql)) problems.push(contradicted('redis', 'REDIS_URL', 'MYSQL_URL'));
  if (embedded === 'mysql' && (mysql || !redis)) problems.push(contradicted('mysql', 'MYSQL_URL', 'REDIS_URL'));
  if (mysqlMigrationUrl !== null && !mysql) problems.push('MYSQL_MIGRATION_URL must not be set without MYSQL_URL');
  return problems;
}

function alone(given: StoreVariable, missing: StoreVariable, env: NodeJS.ProcessEnv): string {
  const store = missing === 'MYSQL_URL' ? 'mysql' : 'redis';
  const similar = Object.keys(env).filter((name) => isSimilar(name, store) && name !== missing && env[name] !== '');
  const hint = similar.length > 0 ? ` (${similar.sort().join(', ')} is no setting of couponrush)` : '';
  return (
    `${given} is set and ${missing} is not${hint}: set both, ` + `or EMBEDDED=${store} to run an own ${store} beside it`
  );
}

/** Names that other software has for the same thing. */
function isSimilar(name: string, store: 'redis' | 'mysql'): boolean {
  const names =
    store === 'redis'
      ? /^redis[_-]?(ur[il]|host|address|dsn)$/i
      : /^(mysql|mariadb|database|db)[_-]?(ur[il]|host|dsn)$/i;
  return names.test(name);
}

function contradicted(embedded: string, own: StoreVariable, other: StoreVariable): string {
  return `EMBEDDED=${embedded} must not be set unless ${other} is set and ${own} is not`;
}

/** What the settings of the issue API's outer side ask of each other. */
function findEdgeProblems(config: Config): string[] {
  const problems: string[] = [];
  const needs = (setting: string, value: unknown, why: string) => {
    if (value === null) problems.push(`${setting} must be set ${why}`);
  };
  if (config.identityMode === 'trust' && config.trustGateway !== 'true' && !isLoopback(config.host)) {
    problems.push(
      `HOST ${config.host} can be reached from outside, and with ` +
        'IDENTITY_MODE=trust anyone who reaches it can be any user: ' +
        'set IDENTITY_MODE to jwt or hmac, or TRUST_GATEWAY=true if only a gateway that checks users can reach it',
    );
  }
  if (config.identityMode === 'jwt') {
    needs('JWT_KEY_FILE or JWT_JWKS_URL', config.jwtKeyFile ?? config.jwtJwksUrl, 'for IDENTITY_MODE=jwt');
    needs('JWT_ISSUER', config.jwtIssuer, 'for IDENTITY_MODE=jwt');
    needs('JWT_AUDIENCE', config.jwtAudience, 'for IDENTITY_MODE=jwt');
  }
  if (config.jwtJwksUrl !== null && config.jwtAlgorithms.includes('HS256')) {
    problems.push('JWT_JWKS_URL has public keys, and HS256 of JWT_ALGORITHMS needs a secret: take one of the two out');
  }
  if (config.identityMode === 'hmac') needs('HMAC_KEYS_FILE', config.hmacKeysFile, 'for IDENTITY_MODE=hmac');
  if (config.corsOrigins.includes('*') && (config.identityMode !== 'jwt' || config.corsOrigins.length > 1)) {
    problems.push('CORS_ORIGINS=* must stand alone, and with IDENTITY_MODE=jwt only: list the origins of your pages');
  }
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

function findWebhookProblems({ webhookUrl, webhookSecret, webhookDeadDays, eventsKeepDays }: Config): string[] {
  const problems: string[] = [];
  if (webhookUrl !== null && webhookSecret === null) {
    problems.push('WEBHOOK_SECRET must be set for WEBHOOK_URL: the receiver could not tell who sends');
  }
  if (webhookUrl === null && webhookSecret !== null) {
    problems.push('WEBHOOK_SECRET must not be set without WEBHOOK_URL');
  }
  if (webhookSecret !== null && webhookSecret.length > 2) problems.push('WEBHOOK_SECRET must be one or two secrets');
  if (webhookDeadDays >= eventsKeepDays) {
    problems.push('COUPONRUSH_WEBHOOK_DEAD_DAYS must be below COUPONRUSH_EVENTS_KEEP_DAYS');
  }
  return problems;
}

/** The authority's file travels with the URL, as its parameter `ca`: everyone who connects has it then. */
function withAuthority(url: string | null, caFile: string | null): string | null {
  if (url === null || caFile === null) return url;
  const parsed = new URL(url);
  if (parsed.protocol === 'redis:' || parsed.protocol === 'mysql:') return url;
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
  return (Object.values(settings) as Variable<unknown>[]).map((entry) => ({
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
  return (Object.entries(settings) as [keyof Config, Variable<unknown>][]).map(([key, entry]) => {
    const inFile = mayBeFile(entry) && (env[fileName(entry)] ?? '') !== '';
    const origin = inFile ? 'file' : (env[entry.name] ?? '') !== '' ? 'environment' : 'default';
    const text = origin === 'default' && entry.fallbackText ? entry.fallbackText : String(config[key]);
    return { name: entry.name, value: origin !== 'default' && entry.secret ? masked(text) : text, origin };
  });
}

/** A URL without what is secret in it; anything else not at all. */
function masked(text: string): string {
  if (!URL.canParse(text) || !/^\w+:\/\//.test(text)) return '***';
  const url = new URL(text);
  // Of a web page: its path or query may be what makes it secret.
  if (url.protocol === 'http:' || url.protocol === 'https:') return `${url.origin}/***`;
  if (url.password !== '') url.password = '***';
  return url.href;
}
