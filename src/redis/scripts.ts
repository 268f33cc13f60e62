// The Lua scripts. Each file of lua/ is one operation, and its header is its interface: `KEYS[n] name`, `ARGV[n] name`.
// A contract test holds the headers against their callers. Of what a user id looks like, a script has USER_ID (one),
// USER_IDS (joined by commas; coarser) and USER_CHARACTERS (the inside of a set): patterns from src/user-id.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { RedisCommandMetrics } from '../metrics/redis-commands.ts';
import { projectRoot } from '../project.ts';
import { luaUserPatterns } from '../user-id.ts';

const folder = join(projectRoot, 'lua');
const FIRST_LINE = /^#!lua[^\n]*\n/;

/**
 * What a script is handed before its first statement: the form of a user id, so that it is not said in Lua again. On
 * the second line, a comment in each file, so that lines keep their numbers in the errors of Redis.
 */
const { one, list, characters } = luaUserPatterns;
const prelude = `local USER_ID, USER_IDS, USER_CHARACTERS = '${one}', '${list}', '${characters}' `;

function withPrelude(source: string): string {
  return /\bUSER_(?:IDS?|CHARACTERS)\b/.test(source) ? source.replace(FIRST_LINE, (line) => line + prelude) : source;
}

/** Name of each operation (its file without `.lua`) and its source, as Redis is given it. */
export const scripts: ReadonlyMap<string, string> = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.lua'))
    .map((file) => [file.slice(0, -'.lua'.length), withPrelude(readFileSync(join(folder, file), 'utf8'))]),
);

type Runner = (keyCount: number, ...keysAndArguments: (string | number)[]) => Promise<unknown>;

/** Where the calls of a connection are counted. A command's or a test's are counted nowhere. */
const countedIn = new WeakMap<Redis, RedisCommandMetrics>();

/** Teaches a connection all operations. They go by EVALSHA, and a Redis that lost them is given them again. */
export function defineScripts(redis: Redis, metrics?: RedisCommandMetrics): void {
  for (const [name, lua] of scripts) redis.defineCommand(name, { lua });
  if (metrics) countedIn.set(redis, metrics);
}

export function metricsOf(redis: Redis): RedisCommandMetrics | undefined {
  return countedIn.get(redis);
}

/**
 * Runs one operation atomically.
 * @param metrics where it is counted; null: nowhere
 * @returns the script's reply as its header describes it
 * @throws the Redis error, or the connection's. Whether it ran is known only for an error that Redis itself answered.
 */
export async function runScript(
  redis: Redis,
  name: string,
  keys: readonly string[],
  args: readonly (string | number)[],
  metrics: RedisCommandMetrics | null = metricsOf(redis) ?? null,
): Promise<unknown> {
  const run = (redis as unknown as Record<string, Runner | undefined>)[name];
  if (!run) throw new Error(`there is no lua/${name}.lua`);
  const startMs = performance.now();
  try {
    const reply = await run.call(redis, keys.length, ...keys, ...args);
    metrics?.countScript(name, performance.now() - startMs);
    return reply;
  } catch (error) {
    metrics?.countScriptFailure(name);
    throw error;
  }
}

/** Runs one operation by its text, counted nowhere. Redis knows it from then on. */
export function runScriptText(
  redis: Redis,
  name: string,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  return redis.eval(scripts.get(name) ?? '', keys.length, ...keys, ...args);
}
