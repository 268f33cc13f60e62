// A disk of a few megabytes for the data of one server, which a test can fill: a tmpfs, which only root can mount.
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testFolder } from './folder.ts';
import type { Scope } from './servers.ts';

export interface SmallDisk {
  readonly folder: string;
  /** Not one more byte fits. */
  fill(): void;
  /** What fill() has taken is free again. */
  free(): void;
}

/** Why there can't be one here; null if there can. */
export function whyNoSmallDisk(): string | null {
  return process.platform === 'linux' && process.getuid?.() === 0 ? null : 'only root on Linux can mount a small disk';
}

export function mountSmallDisk(t: Scope, megabytes: number): SmallDisk {
  const folder = testFolder('disk');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'none', folder]);
  // After the server's own release, which was asked for later and comes later: lazily, as soon as no one uses it.
  t.after(async () => {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      for (let blocks = statfsSync(folder).bavail; blocks > 0; blocks = statfsSync(folder).bavail) {
        try {
          writeFileSync(filler, Buffer.alloc(blocks * statfsSync(folder).bsize), { flag: 'a' });
        } catch (error) {
          // The server was quicker. What is left is checked again.
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        }
      }
    },
    free() {
      truncateSync(filler, 0);
    },
  };
}
