// The HTTP engines that this machine can run, and the one that servers of this test run get.
import { chooseEngine, type EngineSetting } from '../../src/http/engine/choose.ts';
import type { HttpEngine } from '../../src/http/engine/engine.ts';
import { nodeEngine } from '../../src/http/engine/node.ts';
import { hasReusePort } from '../../src/http/engine/node-listen.ts';

/** As HTTP_ENGINE in the environment of the tests says; servers started by them inherit it. */
export const defaultEngine: HttpEngine = chooseEngine((process.env.HTTP_ENGINE ?? 'auto') as EngineSetting).engine;

/** All of them; only the other one if HTTP_ENGINE=node, since the rest of that run is about it. */
export const engines: readonly HttpEngine[] =
  defaultEngine.name === 'node' ? [nodeEngine] : [defaultEngine, nodeEngine];

/** Its listening sockets are one in the kernel. */
export function listensOnce({ name }: HttpEngine): boolean {
  return name === 'node' && !hasReusePort(process.versions.node, process.platform);
}
