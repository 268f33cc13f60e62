// The Lua scripts. Each file of lua/ is one operation, and its header is its interface: `KEYS[n] name`, `ARGV[n] name`.
// A contract test holds the headers against their callers.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { countScript, countScriptFailure } from '../metrics/redis-commands.ts';
import { projectRoot } from '../project.ts';

const folder = join(projectRoot, 'lua');

/** Name of each operation (its file without `.lua`) and its source. */
export const scripts: ReadonlyMap<string, string> = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.lua'))
    .map((file) => [file.slice(0, -'.lua'.length), readFileSync(join(folder, file), 'utf8')]),
);

type Runner = (keyCount: number, ...keysAndArguments: (string | number)[]) => Promise<unknown>;

/** Teaches a connection all operations. They go by EVALSHA, and a Redis that lost them is given them again. */
export function defineScripts(redis: Redis): void {
  for (const [name, lua] of scripts) redis.defineCommand(name, { lua });
}

/**
 * Runs one operation atomically.
 * @returns the script's reply as its header describes it
 * @throws the Redis error, or the connection's. Whether it ran is known only for an error that Redis itself answered.
 */
export async function runScript(
  redis: Redis,
  name: string,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const run = (redis as unknown as Record<string, Runner | undefined>)[name];
  if (!run) throw new Error(`there is no lua/${name}.lua`);
  const startMs = performance.now();
  try {
    const reply = await run.call(redis, keys.length, ...keys, ...args);
    countScript(name, performance.now() - startMs);
    return reply;
  } catch (error) {
    countScriptFailure(name);
    throw error;
  }
}
