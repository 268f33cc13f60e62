// What a Redis was asked while something ran, by its own count.
import type { TestRedis } from './servers.ts';

/** @returns how often each command ran during `work`, from any sender, also from scripts; names in lower case */
export async function commandsDuring(redis: TestRedis, work: () => Promise<unknown>): Promise<Map<string, number>> {
  const before = await commandCounts(redis);
  await work();
  const after = await commandCounts(redis);
  return new Map([...after].map(([name, calls]) => [name, calls - (before.get(name) ?? 0)]));
}

async function commandCounts(redis: TestRedis): Promise<Map<string, number>> {
  const info = String(await redis.cli('INFO', 'commandstats'));
  return new Map(
    [...info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name = '', calls]) => [name, Number(calls)]),
  );
}
