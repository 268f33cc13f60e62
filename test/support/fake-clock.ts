// A wall clock that a test sets for one process, while its monotonic clock goes on as it is. It is a small library that
// is put before the system's. libfaketime is not used: redis-server with jemalloc hangs in it at its start.
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testFolder } from './folder.ts';
import type { Scope } from './servers.ts';

/** The offset is read at each call from a file that is mapped into memory: milliseconds, as eight bytes. */
const SOURCE = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static volatile long long *offset_ms;
__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAKE_CLOCK_FILE");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *mapped = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) offset_ms = mapped;
  close(file);
}
static int shifted(struct timespec *now) {
  int failed = syscall(SYS_clock_gettime, CLOCK_REALTIME, now);
  if (!failed && offset_ms) {
    long long nanoseconds = now->tv_nsec + (*offset_ms % 1000) * 1000000LL;
    now->tv_sec += *offset_ms / 1000;
    if (nanoseconds >= 1000000000LL) { nanoseconds -= 1000000000LL; now->tv_sec++; }
    if (nanoseconds < 0) { nanoseconds += 1000000000LL; now->tv_sec--; }
    now->tv_nsec = nanoseconds;
  }
  return failed;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) return shifted(now);
  return syscall(SYS_clock_gettime, clock, now);
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec precise;
  int failed = shifted(&precise);
  (void)zone;
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return failed;
}
time_t time(time_t *now) {
  struct timespec precise;
  shifted(&precise);
  if (now) *now = precise.tv_sec;
  return precise.tv_sec;
}
`;

/** Why no clock can be set here; null if one can. */
export function whyNoFakeClock(): string | null {
  if (process.platform !== 'linux') return 'a clock is set by a library for Linux';
  return spawnSync('cc', ['--version']).status === 0 ? null : 'there is no C compiler (cc)';
}

export interface FakeClock {
  /** Environment for the process. */
  readonly env: Readonly<Record<string, string>>;
  /** The same as a command in front of it. */
  readonly through: readonly string[];
  /** So many milliseconds ahead of the true time, from now on. */
  set(offsetMs: number): void;
}

export function createFakeClock(t: Scope, offsetMs: number): FakeClock {
  const folder = testFolder('clock');
  t.after(async () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'offset');
  const library = join(folder, 'fake-clock.so');
  const set = (ms: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(ms));
    // In place: the file stays mapped.
    writeFileSync(file, bytes, { flag: 'r+' });
  };
  writeFileSync(file, Buffer.alloc(8));
  set(offsetMs);
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-x', 'c', '-', '-o', library], { input: SOURCE });
  const env = { LD_PRELOAD: library, FAKE_CLOCK_FILE: file };
  return { env, through: ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)], set };
}
