// @ts-check
// V8's compile cache, where Node has it (22.1 and later): a second start finds the code of each program compiled. The
// processes that the primary starts inherit the folder. If it can't be written, starts take what they took before.
import nodeModule from 'node:module';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';

export const compileCacheFolder = join(root, 'dist', '.compile-cache');

/** To be called before the program is imported. NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE are respected. */
export function useCompileCache() {
  const { enableCompileCache } = /** @type {{ enableCompileCache?: (folder: string) => unknown }} */ (nodeModule);
  if (!enableCompileCache) return;
  const folder = process.env.NODE_COMPILE_CACHE ?? compileCacheFolder;
  enableCompileCache(folder);
  process.env.NODE_COMPILE_CACHE = folder;
}
