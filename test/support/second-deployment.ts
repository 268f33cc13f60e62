// A second deployment on the Redis of a first one.
import { rmSync } from 'node:fs';
import type { App } from './app.ts';
import { request } from './ask.ts';
import { testFolder } from './folder.ts';
import type { Scene } from './scene.ts';
import type { Scope } from './servers.ts';
import { waitFor } from './wait.ts';

/** A data folder of its own, as another machine has. */
export function dataFolder(t: Scope): string {
  const path = testFolder('data');
  t.after(async () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Starts it, and waits until it answers and says why it does not decide. */
export async function startSecond(t: Scope, scene: Scene, mysqlUrl: string, sentence: RegExp): Promise<App> {
  const second = await scene.startNode({ mysqlUrl, impatient: true, env: { COUPONRUSH_DATA_DIR: dataFolder(t) } });
  await waitFor('the second one says why', () => sentence.test(second.output()), { withinMs: 30_000 });
  const isAlive = async () => (await request(second.url, '/livez').catch(() => null))?.status === 200;
  await waitFor('the second one answers', isAlive, { withinMs: 30_000 });
  return second;
}
